"""Children whose responsibility passed on: who read the record until then, and the instant at which that ended."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from cases.models import TEAM_ROLES, Allocation, Child, Event, Membership, Reach, Responsibility, Role


def by(memberships: Collection[Membership], at: datetime) -> list[QuerySet[Any]]:
    """For each of these roles the children that it handed over, each with when as `handed_over_at`.

    Duty, heads and directors read each child of their authority, and so each that it handed over; a worker and a
    manager of a team those who were in their team at that instant. A child that came back is no longer one of them.
    """
    return [_by(one, at) for one in memberships if one.role in TEAM_ROLES and one.team is not None]


def _by(membership: Membership, at: datetime) -> QuerySet[Any]:
    authority = membership.team.authority_id if membership.team is not None else None
    begun = Responsibility.objects.filter(child=OuterRef("pk"), starts_at__lte=at)
    own = begun.filter(authority=authority).order_by("-starts_at").values("starts_at")[:1]
    next_one = begun.filter(starts_at__gt=OuterRef("own_from")).order_by("starts_at").values("starts_at")[:1]
    mistaken = Event.objects.filter(
        child=OuterRef("pk"), kind="transfer_not_arrived", happened_at=OuterRef("handed_over_at")
    )
    ever = Responsibility.objects.filter(authority=authority, starts_at__lte=at).values("child")
    found = (
        Child.objects.filter(pk__in=ever)
        .alias(own_from=Subquery(own))
        .annotate(handed_over_at=Subquery(next_one))
        # Whoever had it by a mistaken arrival was to read nothing of it.
        .exclude(Exists(mistaken))
        # Whoever came after it never read the child.
        .filter(handed_over_at__gte=membership.starts_at)
    )
    if membership.role == Role.DUTY_DESK:
        return found
    if membership.role == Role.TEAM_MANAGER and membership.reach != Reach.TEAM:
        return found
    with_them = Allocation.objects.filter(
        child=OuterRef("pk"), team=membership.team_id, ends_at=OuterRef("handed_over_at")
    )
    return found.filter(Exists(with_them))
