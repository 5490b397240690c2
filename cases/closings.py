"""The verbs of closing a home, and of taking a closing back: its history stays, and nobody lives or works there any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from cases import home_log, log, people, planned_placements
from cases.deadlines import end_of, london_day
from cases.models import Child, Home, Membership, Placement, User
from cases.states import IllegalMove


class WrongDay(IllegalMove):
    """The last day is one that cannot be."""


@dataclass(frozen=True)
class Standing:
    """What stands in a home: how many children live there or are to, how many people work there, and the roles to come."""

    children: int
    # Children who are to live there, by whichever council's plan.
    planned: int
    staff: int
    coming: Sequence[Membership]


def standing(home: Home, *, at: datetime) -> Standing:
    """Count who lives and works in the home, naming no child; and whose role there has yet to begin."""
    roles = list(_roles(home, at).select_related("user").order_by("starts_at", "pk"))
    coming = [role for role in roles if role.starts_at >= at]
    children = Placement.objects.filter(home=home, ends_at=None).count()
    # Nobody can call off the plan of a case that is closed.
    living = Child.objects.open(at).living().values("pk")
    planned = planned_placements.own(at).filter(home=home, child__in=living).count()
    return Standing(children, planned, len(roles) - len(coming), coming)


def close_home(home: Home, *, last_day: date, reason: str, by: User, at: datetime) -> Home:
    """Close a home after `last_day`, or now where that is today; every role there ends at `at`, and its clock stops.

    Raises IllegalMove while a child is placed there or is to be, or a role there has yet to begin, for a day to come, and
    for one on which a child still lived there.
    """
    with transaction.atomic():
        held = _roles(home, at)
        home_log.lock_with_children(
            home.pk, lambda: people.children_of(held.all()).values_list("pk", flat=True)
        )
        home = Home.objects.get(pk=home.pk)
        _require_empty(home, at)
        home.closed_at = closed_at(home, last_day, at)
        roles = list(_roles(home, at).select_related("user"))
        for role in roles:
            people.leave(role, by=by, at=at)
        home.save(update_fields=["closed_at"])
        data = {"last_day": last_day.isoformat(), "reason": reason, "roles_ended": len(roles)}
        _record(home, "home_closed", data, happened_at=home.closed_at, by=by, at=at)
    return home


def reopen_home(home: Home, *, reason: str, by: User, at: datetime) -> Home:
    """Take a closing back: children can be placed there from now on; who worked there is given a role anew."""
    with transaction.atomic():
        home_log.lock([home.pk])
        home = Home.objects.get(pk=home.pk)
        if home.closed_at is None:
            raise IllegalMove("This home is open.")
        data = {"reason": reason, "closed_at": home.closed_at.isoformat()}
        home.closed_at = None
        home.save(update_fields=["closed_at"])
        _record(home, "home_reopened", data, happened_at=at, by=by, at=at)
    return home


def _require_empty(home: Home, at: datetime) -> None:
    if home.closed_at is not None:
        raise IllegalMove("This home has closed already.")
    found = standing(home, at=at)
    if found.children:
        raise IllegalMove(
            "Children placed here now: %(count)s. A home closes when each of them is placed elsewhere.",
            count=str(found.children),
        )
    if found.planned:
        raise IllegalMove(
            "Children who are to be placed here: %(count)s. A home closes when each of them is placed, or the plan called off.",
            count=str(found.planned),
        )
    if found.coming:
        raise IllegalMove(
            "Roles here that have not begun: %(count)s. A home closes when each of them is called off.",
            count=str(len(found.coming)),
        )


def closed_at(home: Home, last_day: date, at: datetime) -> datetime:
    """Midnight after the last day on a London clock, and never later than now; `WrongDay` where it cannot be that day."""
    if last_day > london_day(at):
        raise WrongDay("The last day must be today or in the past.")
    ended_at = min(at, end_of(last_day))
    left_at = Placement.objects.filter(home=home).aggregate(last=Max("ends_at"))["last"]
    if left_at is not None and left_at > ended_at:
        raise WrongDay("A child lived here on a later day: the last day cannot be before that.")
    return ended_at


def _roles(home: Home, at: datetime) -> QuerySet[Membership]:
    return Membership.objects.standing(at).filter(home=home).order_by("pk")


def _record(
    home: Home, kind: str, data: Mapping[str, object], *, happened_at: datetime, by: User, at: datetime
) -> None:
    log.record_configuration(home, kind, data=data, by=by, at=at)
    # The bell: the clock of the house is read again in this commit.
    home_log.record(home, kind, data=data, happened_at=happened_at, by=by, at=at)
