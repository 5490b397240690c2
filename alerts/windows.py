"""The roll-call windows of a child's days, in London wall time and with the home's own times."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from alerts.schedule import ChildFacts, Shift, Sighting, Window
from cases.deadlines import at_london, london_day

# domain.md's limit: a home may move a window by up to two hours and never change their number.
FURTHEST_SHIFT = 120
# Days of which the windows are reckoned together: the next one owed is mostly among them.
_AT_ONCE = timedelta(days=4)
# Since when and until when a child was in one home.
Span = tuple[datetime | None, datetime | None]
Stays = Sequence[tuple[Span, Sequence[Shift]]]


@dataclass(frozen=True)
class Occurrence:
    """One window on one day: the instants between which proof must have happened."""

    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class Asked:
    """Each window that opens after `anchor`, and each that opened after `since` and closes after `written_at`."""

    anchor: datetime
    since: datetime
    written_at: datetime

    def holds(self, one: Occurrence) -> bool:
        """Whether proof of this window is asked."""
        return one.opens_at > self.anchor or (one.opens_at > self.since and one.closes_at > self.written_at)


def asked(facts: ChildFacts, proofs: Sequence[Sighting], anchor: datetime) -> Asked:
    """Of which windows proof is asked of this child; `proofs` are the accepted ones, in order.

    A roll-call that is open when the child is written down is asked, if they were there when it opened and nobody has
    seen them since.
    """
    if facts.opened is None or anchor > facts.watch_from:
        return Asked(anchor, anchor, anchor)
    since, written_at = facts.opened
    return Asked(anchor, max([since, *(proof.happened_at for proof in proofs[-1:])]), written_at)


def occurrences(window: Window, *, since: datetime, shifts: Sequence[Shift] = ()) -> Iterator[Occurrence]:
    """Yield without end, in time order, the window's occurrences that open at or after `since`.

    A wall time that a clock change skips is the next that exists, a repeated one is the first. Every
    occurrence closes after it opens: one whose night swallows it keeps its wall length.
    """
    own = _by_stay(window, since, shifts)
    # The day before too: a home may have moved a late window past midnight.
    day = london_day(since) - timedelta(days=1)
    while True:
        for occurrence in _moved(window, day, own) if own else _unmoved(window, day):
            if occurrence.opens_at >= since:
                yield occurrence
        day += _AT_ONCE


def _by_stay(window: Window, since: datetime, shifts: Sequence[Shift]) -> Stays:
    """The window's shifts by stay, in order; none of a stay that had ended before any occurrence to come could open."""
    if not shifts:
        return []
    stays: dict[Span, list[Shift]] = defaultdict(list)
    for shift in shifts:
        if shift.window == window.name and (shift.until is None or shift.until > since - _AT_ONCE):
            stays[shift.since, shift.until].append(shift)
    own = [(span, sorted(found, key=lambda s: s.from_date)) for span, found in stays.items()]
    # A day that begins with the policy's own time, and no other, is no different from any other home's.
    return own if any(shift.minutes for _span, found in own for shift in found) else []


def _moved(window: Window, day: date, own: Stays) -> Iterator[Occurrence]:
    for ahead in range(_AT_ONCE.days):
        yield _of_stay(window, day + timedelta(days=ahead), own)


def _of_stay(window: Window, day: date, own: Stays) -> Occurrence:
    """The day's occurrence at the time of the home where the child was when it opened there.

    Who moves between the opening there and the opening here has the time of the home that they left.
    """
    found = None
    for (since, until), shifts in own:
        one = on_day(window, day, minutes=_minutes(shifts, day))
        if found is not None and since is not None and one.opens_at < since:
            return found
        if until is None or one.opens_at < until:
            return one
        found = one
    return found or on_day(window, day)


# A sweep asks for the same windows of the same few days for every child.
@lru_cache(maxsize=4096)
def _unmoved(window: Window, day: date) -> tuple[Occurrence, ...]:
    return tuple(on_day(window, day + timedelta(days=ahead)) for ahead in range(_AT_ONCE.days))


@lru_cache(maxsize=4096)
def on_day(window: Window, day: date, *, minutes: int = 0) -> Occurrence:
    """Return the occurrence that belongs to a London day, moved by `minutes` of wall time."""
    moved = timedelta(minutes=minutes)
    opens = datetime.combine(day, window.opens)
    closes = datetime.combine(day, window.closes)
    if closes <= opens:
        closes += timedelta(days=1)
    length = closes - opens
    opens, closes = opens + moved, closes + moved
    opens_at = at_london(opens.date(), opens.time())
    closes_at = at_london(closes.date(), closes.time())
    return Occurrence(opens_at, closes_at if closes_at > opens_at else opens_at + length)


def _minutes(own: Sequence[Shift], day: date) -> int:
    minutes = 0
    for shift in own:
        if shift.from_date <= day:
            minutes = shift.minutes
    return max(-FURTHEST_SHIFT, min(FURTHEST_SHIFT, minutes))
