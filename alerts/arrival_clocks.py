"""What is peculiar to the clock of an arrival that nobody expected: the social worker hears beside the desk."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from alerts.desk_matters import To
from alerts.models import Channel, Message
from alerts.posts import Post
from cases.models import Allocation, KeepFrom, Matter, Membership, Role
from cases.responsibilities import responsible_authority

ASKED, OVER = "arrival_asked", "arrival_over"


def standing(matter: Matter, found: Sequence[To], at: datetime) -> Iterator[To]:
    """The desk, and by mail whoever had the work until the arrival; nobody who is kept from the child."""
    kept = set(KeepFrom.objects.current(at).filter(child=matter.child_id).values_list("user", flat=True))
    told = [*found, *(To(pk, Channel.MAIL, post=Post.WORKER) for pk in _workers(matter, at))]
    yield from (to for to in told if to.user_id not in kept)


def _workers(matter: Matter, at: datetime) -> QuerySet[Allocation, Any]:
    """Who had the child's work until the other authority became responsible, and is of that team still."""
    teams = Membership.objects.current(at).filter(role=Role.SOCIAL_WORKER)
    rows = Allocation.objects.filter(child=matter.child_id, ends_at=matter.since, worker__isnull=False)
    held = [row for row in rows if teams.filter(user=row.worker_id, team=row.team_id).exists()]
    return rows.filter(pk__in=[row.pk for row in held]).values_list("worker", flat=True)


def told_of_end(told: QuerySet[Message, Any]) -> QuerySet[Message, Any]:
    """Everybody who heard on a rung."""
    return told.filter(step__startswith="R")


def words(matter: Matter | None) -> dict[str, str]:
    """Which child it is, by reference, and where it was recorded as arrived."""
    if matter is None or matter.kind != Matter.Kind.ARRIVAL or matter.child is None:
        return {}
    there = responsible_authority(matter.child, at=matter.since)
    return {"child_reference": matter.child.reference, "arrived_in": there.said_name}
