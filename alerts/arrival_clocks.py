"""What is peculiar to the clock of an arrival that nobody expected: the social worker hears beside the desk."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from alerts.desk_matters import To, of_authority
from alerts.models import Channel, Message
from alerts.posts import Post
from cases.deadlines import london_day
from cases.models import (
    Allocation,
    Authority,
    Child,
    KeepFrom,
    Matter,
    MatterEntry,
    Membership,
    MissingEpisode,
    Placement,
    Responsibility,
    Role,
)
from cases.responsibilities import responsible_authority

ASKED, OVER, BACK = "arrival_asked", "arrival_over", "arrival_back"
BACK_STEP = "back"


def standing(matter: Matter, found: Sequence[To], at: datetime) -> Iterator[To]:
    """The desk, and by mail whoever had the work until the arrival; nobody who is kept from the child."""
    kept = KeepFrom.objects.people([matter.child_id], at)
    told = [*found, *(To(pk, Channel.MAIL, post=Post.WORKER) for pk in _workers(matter, at))]
    yield from (to for to in told if to.user_id not in kept)


def _workers(matter: Matter, at: datetime) -> QuerySet[Allocation, Any]:
    """Who had the child's work until the other authority became responsible, and is of that team still."""
    of_team = Membership.objects.current(at).filter(
        role=Role.SOCIAL_WORKER, user=OuterRef("worker"), team=OuterRef("team")
    )
    rows = Allocation.objects.filter(child=matter.child_id, ends_at=matter.since, worker__isnull=False)
    return rows.filter(Exists(of_team)).values_list("worker", flat=True)


def is_taken_back(matter: Matter) -> bool:
    """Whether it is over because the child has not arrived."""
    return matter.entries.filter(kind=MatterEntry.Kind.NOT_ARRIVED).exists()


def both_sides(matter: Matter, at: datetime) -> dict[int, list[To]]:
    """By authority whoever hears that the arrival is taken back: both desks, who has the work and who had it, who was told.

    Nobody from whom the child is kept.
    """
    if matter.child is None:
        return {}
    told = Message.objects.filter(matter=matter, channel=Channel.MAIL, user__isnull=False)
    heard = [To(pk, Channel.MAIL, post=post) for pk, post in told.values_list("user", "post")]
    work = Allocation.objects.filter(child=matter.child_id, worker__isnull=False)
    has, had = (
        [To(pk, Channel.MAIL, post=Post.WORKER) for pk in rows.values_list("worker", flat=True)]
        for rows in (work.filter(ends_at=None), work.filter(ends_at=at))
    )
    sides = {matter.authority_id: [*has, *heard]}
    for authority_id in _receivers(matter.child, matter.since, at):
        sides[authority_id] = [*sides.get(authority_id, []), *had]
    kept = KeepFrom.objects.people([matter.child_id], at)
    return {
        authority_id: _once([*of_authority(authority_id, Post.DUTY, at), *found], kept)
        for authority_id, found in sides.items()
    }


def _receivers(child: Child, since: datetime, at: datetime) -> list[int]:
    """Who became responsible by the arrival at `since`, and who had the child until it was taken back at `at`.

    The desk of whoever has taken the place of one as a whole hears for it.
    """
    first = responsible_authority(child, at=since)
    last = (
        Responsibility.objects.filter(child=child, starts_at__lt=at)
        .values_list("authority", flat=True)
        .first()
    )
    heard = Authority.objects.answering_for(first.pk, day=london_day(at))
    return [first.pk] if last is None or heard.filter(pk=last).exists() else [first.pk, last]


def _once(found: Sequence[To], kept: Collection[int]) -> list[To]:
    return list({to.key: to for to in found if to.user_id not in kept}.values())


def words(matter: Matter | None) -> dict[str, Any]:
    """Which child it is, by reference, where it was recorded as arrived, and whether a home is asked for it by now."""
    if matter is None or matter.kind != Matter.Kind.ARRIVAL or matter.child is None:
        return {}
    there = responsible_authority(matter.child, at=matter.since)
    return {
        "child_reference": matter.child.reference,
        "arrived_in": there.said_name,
        "sender": matter.authority.said_name,
        "lives_somewhere": Placement.objects.filter(child=matter.child, ends_at=None).exists(),
        "sought": MissingEpisode.objects.open().filter(child=matter.child).exists(),
    }
