"""Of which children an authority is in charge, and whose care among them somebody is named to review."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.deadlines import london_day
from cases.models import Authority, Membership, Responsibility, ReviewingOfficer, User
from cases.worded import worded


def responsible(authority_ids: Iterable[int], at: datetime) -> Q:
    """Children for whom one of these authorities is responsible at `at`."""
    return Q(pk__in=_answered_for.within({*authority_ids}, at))


@worded
def authorities(child_ids: Any, at: Any) -> QuerySet[Responsibility, tuple[int, int]]:
    """Each of these children with the authority that is responsible for it at `at`."""
    rows = Responsibility.objects.at(at).filter(child__among=child_ids)
    return rows.values_list("child_id", "authority_id")


@worded
def _answered_for(authorities: Any, at: Any) -> QuerySet[Responsibility, Any]:
    begun = Responsibility.objects.filter(starts_at__lte=at)
    later = begun.filter(child=OuterRef("child"), starts_at__gt=OuterRef("starts_at"))
    # From the rows of these authorities on, by index: no child of any other is looked at.
    return begun.filter(~Exists(later), authority__among=authorities).values("child")


def reviewed_by(user: User, membership: Membership, at: datetime) -> Q:
    """Those whose care `user` is named to review, while the authority of this role, or its successor, is responsible.

    While there is care to review: a record stays open to nobody for having reviewed it once.
    """
    answering = Authority.objects.answering_for(membership.authority_id or 0, day=london_day(at))
    named = ReviewingOfficer.objects.reviewing(at).filter(user=user)
    return responsible(answering.values_list("pk", flat=True), at) & Q(pk__in=named.values("child"))
