"""When the reviews of a child who stays missing are due, from the instant at which the episode counts."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from cases.deadlines import add_months, london_day

# Each 7 days from the fifth day to day 28, in clock hours; then by the calendar (default policy, episode open).
WEEKLY = tuple(timedelta(days=days) for days in (5, 12, 19, 26))
FORMAL = timedelta(days=28)


class Review(StrEnum):
    """One kind of review."""

    MULTI_AGENCY = "multi_agency"
    DAY_28 = "day_28"
    MONTH_3 = "month_3"
    MONTH_6 = "month_6"
    YEARLY = "yearly"


MONTHS = ((Review.MONTH_3, 3), (Review.MONTH_6, 6))
# Counted by the calendar: at the same time of day in London, whatever the clocks did between.
BY_CALENDAR = frozenset({Review.MONTH_3, Review.MONTH_6, Review.YEARLY})
MONTHS_AHEAD, WEEKS_AHEAD = timedelta(days=14), timedelta(days=3)
# A review of the calendar may be held on the days before people are reminded of it, and no sooner.
BEFORE_REMINDED = timedelta(days=2)


@dataclass(frozen=True)
class Due:
    """One review and the instant at which it is due."""

    kind: str
    due_at: datetime

    @property
    def key(self) -> str:
        """What names it among the reviews of its episode: the kind with the London day, at most 19 characters."""
        return f"{self.kind}:{london_day(self.due_at):%y%m%d}"


def is_key(text: str) -> bool:
    """Whether this names a review."""
    return ":" in text


def parsed(key: str) -> tuple[Review, date]:
    """The kind and the London day that a key names; ValueError for what is none."""
    kind, _, day = key.partition(":")
    return Review(kind), datetime.strptime(day, "%y%m%d").date()  # noqa: DTZ007 - a day, not a moment


def coming(counts_from: datetime) -> Iterator[Due]:
    """Every review of an episode, in order and without end.

    Multi-agency on days 5, 12, 19 and 26, the formal one on day 28, at 3 and 6 months, at 12 months and each year
    after it, to the eighteenth birthday and beyond: turning 18 ends nothing. The same instant in another zone has the
    same reviews: days are counted as they are for what comes out of the database.
    """
    counts_from = counts_from.astimezone(UTC)
    for span in WEEKLY:
        yield Due(Review.MULTI_AGENCY, counts_from + span)
    yield Due(Review.DAY_28, counts_from + FORMAL)
    for kind, months in MONTHS:
        yield Due(kind, add_months(counts_from, months))
    year = 1
    while True:
        yield Due(Review.YEARLY, add_months(counts_from, 12 * year))
        year += 1


def calendar(counts_from: datetime, *, until: datetime) -> tuple[Due, ...]:
    """Every review due by `until` of an episode that counts from `counts_from`, in order."""
    due = []
    for one in coming(counts_from):
        if one.due_at > until:
            break
        due.append(one)
    return tuple(due)


def is_soon(due: Due, at: datetime) -> bool:
    """Whether a review is so near that people are to know of it: 14 days for one of the calendar, 3 for a weekly one."""
    return due.due_at <= at + (MONTHS_AHEAD if due.kind in BY_CALENDAR else WEEKS_AHEAD)


def counts(due: Due, held_at: datetime) -> bool:
    """Whether one that was held then is this review: in its lead time or later; before it a meeting is an extra one."""
    lead = MONTHS_AHEAD + BEFORE_REMINDED if due.kind in BY_CALENDAR else WEEKS_AHEAD
    return held_at >= due.due_at - lead


def not_held(counts_from: datetime, held: Collection[datetime], *, at: datetime) -> tuple[Due, ...]:
    """The reviews that were due by `at` and are not among those `held`, in order, and the one that comes next."""
    found = []
    for one in coming(counts_from):
        if one.due_at not in held:
            found.append(one)
            if one.due_at > at:
                break
    return tuple(found)
