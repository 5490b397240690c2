"""17 years and 9 months: a trigger that the engine enters from the birth date, for nobody has to remember it."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction

from cases import attempts, birthdays, triggers
from cases.catalogue import written
from cases.deadlines import add_months, london_day, midday
from cases.models import Child, Trigger
from cases.models.triggers import AROUND
from cases.states import AgeStatus

# Three months before the 18th birthday (default contact policy, triggers).
BEFORE_18 = 3
_KEY = uuid.UUID("6a5b5d0e-6f0c-4a55-8d25-0c3a1d0b7a11")
# Of a month or a year alone another day stands for the birth date than is kept: looked at a little wider.
_WIDER = timedelta(days=31)


def enter(*, now: datetime) -> int:
    """Enter the trigger of each child whose watch around that day begins, or is on, at `now`; return how many.

    Once for each day: of a birth date that is corrected the new day is another. Each in a commit of its own.
    """
    return attempts.each(list(_due(now)), partial(_enter, now=now), fault="turning_not_entered")


def _enter(due: tuple[Child, datetime], *, now: datetime) -> int:
    child, moment = due
    with transaction.atomic():
        locked = Child.objects.locked().get(pk=child.pk)
        if moment_of(locked) != moment or locked.closed_at is not None:
            return 0
        kind = Trigger.Kind.TURNING
        key = uuid.uuid5(_KEY, f"{london_day(moment):%Y-%m-%d}")
        note = written(kind.label)
        one = triggers.enter(locked, kind=kind, note=note, happens_at=moment, key=key, by=None, at=now)
    return int(one is not None)


def _due(now: datetime) -> Iterator[tuple[Child, datetime]]:
    """The children of whom it is to be entered, each with the midday of its day; not who is an adult or has died."""
    born = _born(london_day(now))
    of_age = Child.objects.filter(
        birth_date__gte=born - AROUND - _WIDER, birth_date__lte=born + AROUND + _WIDER
    )
    alive = of_age.living().filter(closed_at=None, is_drill=False)
    watched = alive.exclude(age_status=AgeStatus.ASSESSED_ADULT)
    of_kind = Trigger.objects.filter(kind=Trigger.Kind.TURNING, recorded_by=None)
    entered = set(of_kind.filter(child__in=watched).values_list("child", "happens_at"))
    for child in watched:
        moment = moment_of(child)
        if moment is not None and abs(now - moment) < AROUND and (child.pk, moment) not in entered:
            yield child, moment


def moment_of(child: Child) -> datetime | None:
    """Midday of the day on which the child is 17 years and 9 months old, by the birth date that it goes by."""
    if child.birth_date is None:
        return None
    born = birthdays.gone_by(child.birth_date, child.birth_date_precision)
    return add_months(midday(birthdays.attained(born, birthdays.EIGHTEEN)), -BEFORE_18)


def _born(day: date) -> date:
    """About when who is 17 years and 9 months old on this day was born."""
    return london_day(add_months(midday(day), BEFORE_18 - 12 * birthdays.EIGHTEEN))
