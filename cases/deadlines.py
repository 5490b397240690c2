"""When something is due: elapsed hours for safety, London days and working days for paperwork."""

import calendar
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
END_OF_DAY = time(23, 59, 59)
MIDDAY = time(12)


class Nation(StrEnum):
    """The three calendars of bank holidays, named as GOV.UK names them."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"


# A sweep asks for the same few walls of the same few days for every child.
@lru_cache(maxsize=4096)
def at_london(day: date, wall: time) -> datetime:
    """Return the UTC instant at which London's clocks show `wall` on `day`.

    A wall time that the clocks skip in March is the next that exists (01:30 becomes 02:00 summer
    time); one that they repeat in October is the first of the two.
    """
    local = datetime.combine(day, wall.replace(tzinfo=None, fold=0))
    instant = local.replace(tzinfo=LONDON).astimezone(UTC)
    if instant.astimezone(LONDON).replace(tzinfo=None, fold=0) == local:
        return instant
    # Skipped: this reading lies within the hour after the change, which comes on a whole minute.
    minute = timedelta(minutes=1)
    changed_at = instant.replace(second=0, microsecond=0)
    offset = changed_at.astimezone(LONDON).utcoffset()
    while (changed_at - minute).astimezone(LONDON).utcoffset() == offset:
        changed_at -= minute
    return changed_at


def next_at_wall(since: datetime, wall: time) -> datetime:
    """Return the first instant at or after `since` at which London's clocks show `wall`."""
    day = london_day(since)
    for ahead in range(3):
        instant = at_london(day + timedelta(days=ahead), wall)
        if instant >= since:
            return instant
    raise AssertionError("a wall time comes every day")


def london_day(instant: datetime) -> date:
    """Return the calendar day that London has at `instant`."""
    return instant.astimezone(LONDON).date()


def midday(day: date, *, at: datetime | None = None) -> datetime:
    """Return midday in London of a day of which nobody said the hour; of today never later than `at`, which is now."""
    noon = at_london(day, MIDDAY)
    return noon if at is None else min(noon, at)


def end_of(day: date) -> datetime:
    """Return the instant at which a London day is over: midnight after it."""
    return at_london(day + timedelta(days=1), time())


def years(born: date, *, today: date) -> int:
    """Whole years at `today`; who was born on 29 February has their birthday on 1 March in other years."""
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (0 if had_birthday else 1)


def next_due_at(start: datetime, *, after: timedelta) -> datetime:
    """Return `start` plus elapsed time: 72 hours are 72 hours, whatever the clocks do between."""
    return start.astimezone(UTC) + after


def add_days(start: datetime, days: int) -> datetime:
    """Return the same London wall time so many calendar days later."""
    local = start.astimezone(LONDON)
    return at_london(local.date() + timedelta(days=days), local.time())


def add_months(start: datetime, months: int) -> datetime:
    """Return the same London wall time so many months later.

    Where that month has no such day its last day is taken: a month after 31 January is 28 February.
    """
    local = start.astimezone(LONDON)
    year, index = divmod(local.year * 12 + local.month - 1 + months, 12)
    last = calendar.monthrange(year, index + 1)[1]
    return at_london(date(year, index + 1, min(local.day, last)), local.time())


def add_working_days(start: datetime, days: int, *, nation: str, holidays: Collection[date]) -> datetime:
    """Return the end, in London, of the day that lies `days` working days after `start`.

    The day of `start` is not counted; 0 days is that day itself, or the next working day. `holidays`
    are the bank holidays of `nation` ("england-and-wales", "scotland" or "northern-ireland").
    Raises ValueError for another nation or a negative number.
    """
    Nation(nation)
    if days < 0:
        raise ValueError("working days are counted forward")
    day = london_day(start)
    left = days
    while left > 0 or not _is_working(day, holidays):
        day += timedelta(days=1)
        if _is_working(day, holidays):
            left -= 1
    return at_london(day, END_OF_DAY)


def working_day_before(day: date, days: int, *, holidays: Collection[date]) -> datetime:
    """Return the end, in London, of the day that lies `days` working days before `day`, which is not counted."""
    left = days
    while left > 0:
        day -= timedelta(days=1)
        left -= _is_working(day, holidays)
    return at_london(day, END_OF_DAY)


def _is_working(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in holidays
