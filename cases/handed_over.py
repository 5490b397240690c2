"""Children whose responsibility passed on: who read the record until then, and the instant at which that ended."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from cases.models import (
    TEAM_ROLES,
    Allocation,
    Authority,
    Child,
    ConfigurationChange,
    Event,
    Membership,
    Reach,
    Responsibility,
    Role,
)

# Of a team that went along with its children when its authority ended.
TEAM_PASSED = "team_passed_on"


def by(memberships: Collection[Membership], at: datetime) -> list[QuerySet[Any]]:
    """For each of these roles the children that it handed over, each with when as `handed_over_at`.

    Duty, heads and directors read each child of their authority, and so each that it handed over; a worker and a
    manager of a team those who were in their team at that instant. A child that came back is no longer one of them.
    """
    held = [one for one in memberships if one.role in TEAM_ROLES]
    teams = {one.team.pk: one.team for one in held if one.team is not None}
    before = authorities_before(teams)
    return [
        _by(one, [team.authority_id, *before[team.pk]], at)
        for one in held
        if (team := teams.get(one.team_id or 0)) is not None
    ]


def _by(membership: Membership, authorities: Collection[int], at: datetime) -> QuerySet[Any]:
    """`authorities` are those of its team, now and before: it kept its page when its authority ended."""
    begun = Responsibility.objects.filter(child=OuterRef("pk"), starts_at__lte=at)
    own = begun.filter(authority__in=authorities).order_by("-starts_at").values("starts_at")[:1]
    next_one = begun.filter(starts_at__gt=OuterRef("own_from")).order_by("starts_at").values("starts_at")[:1]
    mistaken = Event.objects.filter(
        child=OuterRef("pk"), kind="transfer_not_arrived", happened_at=OuterRef("handed_over_at")
    )
    ever = Responsibility.objects.filter(authority__in=authorities, starts_at__lte=at).values("child")
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


def authorities_before(teams: Collection[int]) -> dict[int, list[int]]:
    """By team the authorities that it was of until they ended."""
    found: dict[int, list[int]] = {team: [] for team in teams}
    passed = ConfigurationChange.objects.filter(
        subject_type="team", subject_id__in=found, kind=TEAM_PASSED
    ).values_list("subject_id", "data__from")
    codes = list(passed)
    known = dict(Authority.objects.filter(code__in={code for _, code in codes}).values_list("code", "pk"))
    for team, code in codes:
        found[team].append(known[code])
    return found
