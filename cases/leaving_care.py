"""What the time in care makes of somebody who leaves it: eligible, relevant, former relevant; from dates alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cases.birthdays import attained

# In care for so long altogether since the 14th birthday, and at some time from the 16th on [Children Act 1989, sch. 2
# para. 19B, ss. 23A and 23C]: a day in which care begins or ends counts as one.
WEEKS = 13
FOURTEEN, SIXTEEN, EIGHTEEN, TWENTY_FIVE = 14, 16, 18, 25


class Status(StrEnum):
    """What somebody is on a day."""

    UNKNOWN = "unknown"
    NONE = "none"
    ELIGIBLE = "eligible"
    RELEVANT = "relevant"
    FORMER_RELEVANT = "former_relevant"


class Reason(StrEnum):
    """Why."""

    NO_BIRTH_DATE = "no_birth_date"
    TOO_YOUNG = "too_young"
    TOO_SHORT = "too_short"
    IN_CARE = "in_care"
    LEFT_CARE = "left_care"
    OF_AGE = "of_age"
    OVER = "over"


@dataclass(frozen=True)
class Leaving:
    """What somebody is on the day `on`, why, and how many days of care count until then."""

    status: Status
    reason: Reason
    on: date
    days: int = 0
    # The first day on which the child is eligible, if care goes on as it is; None where it never is.
    eligible_from: date | None = None


@dataclass(frozen=True)
class Span:
    """A time in care: its first day, and its last; None while it goes on."""

    first: date
    last: date | None = None


def status(born: date | None, spans: Sequence[Span], *, on: date) -> Leaving:
    """What somebody who was born then, and in care for these times, is on a day: in order, and none overlaps another."""
    if born is None:
        return Leaving(Status.UNKNOWN, Reason.NO_BIRTH_DATE, on)
    since = eligible_from(born, spans)
    days = _days(spans, attained(born, FOURTEEN), min(on, attained(born, EIGHTEEN) - timedelta(days=1)))
    if since is None or on < since:
        reason = Reason.TOO_YOUNG if on < attained(born, SIXTEEN) else Reason.TOO_SHORT
        return Leaving(Status.NONE, reason, on, days, since)
    if on >= attained(born, TWENTY_FIVE):
        return Leaving(Status.NONE, Reason.OVER, on, days, since)
    if on >= attained(born, EIGHTEEN):
        return Leaving(Status.FORMER_RELEVANT, Reason.OF_AGE, on, days, since)
    if any(one.first <= on and (one.last is None or on <= one.last) for one in spans):
        return Leaving(Status.ELIGIBLE, Reason.IN_CARE, on, days, since)
    return Leaving(Status.RELEVANT, Reason.LEFT_CARE, on, days, since)


def eligible_from(born: date, spans: Sequence[Span]) -> date | None:
    """The first day in care at 16 or 17 by which so many weeks count; a time that goes on is taken to go on."""
    start, sixteen, end = attained(born, FOURTEEN), attained(born, SIXTEEN), attained(born, EIGHTEEN)
    counted = 0
    for one in sorted(spans, key=lambda span: span.first):
        first = max(one.first, start)
        last = end - timedelta(days=1) if one.last is None else min(one.last, end - timedelta(days=1))
        if last < first:
            continue
        reached = first + timedelta(days=max(WEEKS * 7 - counted - 1, 0))
        day = max(reached, sixteen)
        if day <= last:
            return day
        counted += (last - first).days + 1
    return None


def _days(spans: Sequence[Span], start: date, on: date) -> int:
    found = 0
    for one in spans:
        first, last = max(one.first, start), on if one.last is None else min(one.last, on)
        found += max((last - first).days + 1, 0)
    return found
