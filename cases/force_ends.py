"""That a police force has ended, and which took over: from that day on nothing begins in its area by its name.

Its dates are the product's own reference data. What still names it then alerts/force_successions.py passes on.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction

from cases import log
from cases.deadlines import london_day
from cases.models import Authority, PoliceForce
from cases.states import IllegalMove
from cases.worded import Question

_ENDED = Question(
    lambda day: PoliceForce.objects.filter(valid_to__lte=day).values_list("pk", "successor"),
)


def in_place_of(*, day: date) -> Mapping[int, int]:
    """By each force that has ended by `day` the one that stands in its place then; mostly nothing."""
    followed = {pk: successor for pk, successor in _ENDED(day) if successor is not None}
    return {pk: _last(pk, followed) for pk in followed}


def standing(force: PoliceForce, *, day: date) -> PoliceForce:
    """The force itself, or whichever has taken over by `day`."""
    if not force.has_ended(day):
        return force
    return PoliceForce.objects.get(pk=in_place_of(day=day)[force.pk])


def require_standing(force: PoliceForce, *, at: datetime) -> None:
    """Raises `IllegalMove` with the name of the successor for a force that has ended."""
    if force.has_ended(london_day(at)):
        raise IllegalMove(
            "%(force)s has ended, and %(successor)s took over. Choose that one.",
            force=force.name,
            successor=standing(force, day=london_day(at)).name,
        )


def _last(pk: int, followed: Mapping[int, int]) -> int:
    # PostgreSQL lets each successor end later than the one before: the way ends.
    while pk in followed:
        pk = followed[pk]
    return pk


def before(force_ids: Collection[int], *, day: date) -> set[int]:
    """The forces that have ended by `day` in whose place one of these stands, be it the successor of a successor."""
    return {gone for gone, heir in in_place_of(day=day).items() if heir in force_ids}


def areas(*, day: date) -> list[Authority]:
    """The authorities whose force has ended by `day`."""
    rows = Authority.objects.filter(force__valid_to__lte=day)
    return list(rows.select_related("force").order_by("pk"))


def pass_area(authority: Authority, *, at: datetime) -> None:
    """Let the area of this authority, whose force has ended, be its successor's, on record."""
    with transaction.atomic():
        successor = standing(authority.force, day=london_day(at))
        # It may have been corrected while others were passed on.
        if not Authority.objects.filter(pk=authority.pk, force=authority.force).update(force=successor):
            return
        data = {"force": authority.force.code, "successor": successor.code}
        log.record_configuration(authority, "force_succeeded", data=data, by=None, at=at)
