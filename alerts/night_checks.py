"""Which check of the building a home owes next, and what its lack owes: from facts alone, without a clock."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from alerts.schedule import Step, StepTime, Window, step_instants
from alerts.windows import Occurrence, occurrences, on_day
from cases.deadlines import london_day

# A window opens at least once a day and is open for a day at most: what opened longer ago has lapsed.
LONGEST_OWED = timedelta(days=2)


@dataclass(frozen=True)
class Covered:
    """A span in which a child lives in the home under a row that asks for checks."""

    row: str
    starts_at: datetime
    ends_at: datetime | None
    windows: tuple[Window, ...]
    steps: tuple[tuple[Step, StepTime], ...]
    # When another version of the row takes over; what opens before that is this one's, and closes before `ends_at`.
    next_version_at: datetime | None = None

    def reaches(self, check: Occurrence) -> bool:
        """Whether it opens under this version, and the child is there, under the row, for the whole of this window."""
        return self.starts_at <= check.opens_at and not self.is_over(check)

    def is_over(self, check: Occurrence) -> bool:
        """Whether this window, and every later one, opens under another version or closes when the stay is over."""
        passed_on = self.next_version_at is not None and check.opens_at >= self.next_version_at
        return passed_on or (self.ends_at is not None and check.closes_at > self.ends_at)


@dataclass(frozen=True)
class HomeFacts:
    """All that decides which check a home owes; withdrawn checks never get here."""

    covered: tuple[Covered, ...] = ()
    # When the building was checked, whoever wrote it down and when.
    checks: tuple[datetime, ...] = ()

    @property
    def last_check(self) -> datetime | None:
        return max(self.checks, default=None)


@dataclass(frozen=True)
class Owed:
    """One check owed: its window, when each step is owed without it, and when it can no longer be made."""

    window: str
    opens_at: datetime
    due_at: datetime
    rows: tuple[str, ...]
    steps: Mapping[Step, datetime]
    lapses_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """The open alert of a home: its window, its frozen steps, and what it climbed."""

    opens_at: datetime
    due_at: datetime
    steps: Mapping[Step, datetime]
    climbed: frozenset[Step] = frozenset()


@dataclass(frozen=True)
class Climb:
    """These steps are owed now, lowest first, each with the instant at which it was owed."""

    owed: Owed
    steps: tuple[tuple[Step, datetime], ...]
    next_at: datetime | None


@dataclass(frozen=True)
class StandDown:
    """The open alert has ended: "checked", "not_made" or "not_owed"."""

    reason: str


@dataclass(frozen=True)
class Rest:
    """Nothing is owed before `next_at`; None where nothing ever will be on these facts."""

    owed: Owed | None
    next_at: datetime | None


def owed(facts: HomeFacts, *, after: datetime) -> Owed | None:
    """Return the first unmet check that has not lapsed by `after`; None where the home owes none.

    A check made at or after a window's opening meets that window and ends every one before it. A check that was not
    made lapses when the next window opens or nobody lives there any more who needs it: nobody can go back to 2am, so
    it is kept as not made and asked for no longer.
    """
    found = _occurrences(facts.covered, since=_since(facts, after))
    last = facts.last_check
    unmet = (one for one in found if last is None or one.opens_at > last)
    for one, following in pairwise(_and_none(unmet)):
        if one is None:
            return None
        lapses_at = _lapses_at(facts.covered, one, following)
        if lapses_at is None or lapses_at > after:
            return _owed(facts.covered, one, lapses_at)
    return None


def decide(facts: HomeFacts, standing: Standing | None, now: datetime) -> Climb | StandDown | Rest:
    """Return what the home owes at `now`, given its open alert; each step climbs once, no step is put off."""
    found = owed(facts, after=now)
    if standing is not None:
        if facts.last_check is not None and facts.last_check >= standing.opens_at:
            return StandDown("checked")
        if found is None or found.due_at != standing.due_at:
            return StandDown(_why_over(facts, standing))
    elif found is None:
        return Rest(None, None)
    steps = instants(found, standing)
    done = standing.climbed if standing is not None else frozenset()
    left = [(step, at) for step, at in steps.items() if step not in done]
    due = tuple((step, at) for step, at in left if at <= now)
    ends = [found.lapses_at] if found.lapses_at is not None else []
    next_at = min([at for _, at in left if at > now] + ends, default=None)
    return Climb(found, due, next_at) if due else Rest(found, next_at)


def instants(found: Owed, standing: Standing | None) -> dict[Step, datetime]:
    """Return when each step is owed: what was frozen when the alert opened is only brought nearer."""
    frozen = standing.steps if standing is not None else {}
    return {step: min(at, frozen.get(step, at)) for step, at in found.steps.items()}


def lost(before: Sequence[Window], after: Sequence[Window], begins_at: datetime) -> Window | None:
    """Return the first check that nobody asks for in the night in which `after` takes over from `before`.

    A check belongs to the version under which it opens: one that was to open later, and by the other version has opened
    already, opens under neither.
    """
    around = [london_day(begins_at) + timedelta(days=days) for days in (-1, 0, 1)]
    moved = {window.name: window for window in after}
    for window in before:
        other = moved.get(window.name, window)
        for day in around:
            if on_day(other, day).opens_at < begins_at <= on_day(window, day).opens_at:
                return window
    return None


def _why_over(facts: HomeFacts, standing: Standing) -> str:
    window = Occurrence(standing.opens_at, standing.due_at)
    return "not_made" if any(one.reaches(window) for one in facts.covered) else "not_owed"


def _since(facts: HomeFacts, after: datetime) -> datetime:
    starts = [one.starts_at for one in facts.covered]
    return max(after - LONGEST_OWED, min(starts, default=after))


def _occurrences(covered: Sequence[Covered], *, since: datetime) -> Iterator[Occurrence]:
    """Every window that somebody's stay asks for, once each, in the order in which they open."""
    streams = [_of(one, window, since) for one in covered for window in one.windows]
    last = None
    for _, found in heapq.merge(*streams, key=lambda pair: pair[0]):
        if found != last:
            yield found
        last = found


def _of(
    one: Covered, window: Window, since: datetime
) -> Iterator[tuple[tuple[datetime, datetime], Occurrence]]:
    for found in occurrences(window, since=max(since, one.starts_at)):
        if one.is_over(found):
            return
        yield (found.opens_at, found.closes_at), found


def _and_none(found: Iterator[Occurrence]) -> Iterator[Occurrence | None]:
    yield from found
    yield None
    yield None


def _lapses_at(covered: Sequence[Covered], one: Occurrence, following: Occurrence | None) -> datetime | None:
    """When the next window opens, or the stays that asked for this one are over, whichever is first."""
    ends: list[datetime] = [] if following is None else [max(following.opens_at, one.closes_at)]
    until: datetime | None = one.closes_at
    for span in sorted(covered, key=lambda c: c.starts_at):
        if until is None or span.starts_at > until:
            continue
        until = None if span.ends_at is None else max(until, span.ends_at)
    if until is not None:
        ends.append(until)
    return min(ends, default=None)


def _owed(covered: Sequence[Covered], one: Occurrence, lapses_at: datetime | None) -> Owed:
    asking = [
        (span, window)
        for span in covered
        if span.reaches(one)
        for window in span.windows
        if one in _first(span, window, one.opens_at)
    ]
    steps: dict[Step, datetime] = {}
    for span, _ in asking:
        for step, at in step_instants(span.steps, one.closes_at).items():
            steps[step] = min(at, steps.get(step, at))
    rows = tuple(dict.fromkeys(span.row for span, _ in asking))
    return Owed(asking[0][1].name, one.opens_at, one.closes_at, rows, steps, lapses_at)


def _first(span: Covered, window: Window, opens_at: datetime) -> tuple[Occurrence, ...]:
    return tuple(found for _, found in [next(_of(span, window, opens_at), (None, None))] if found is not None)
