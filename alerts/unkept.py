"""Which roll-calls of the policy and the plan nobody at a placement can call, and since when: from the facts alone."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil

from alerts.schedule import Applies, Row, Window
from cases.deadlines import LONDON

# What a row without windows asks for.
INTERVAL = "interval"
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Presence:
    """When somebody is there, as it was said at `said_at`: always, between two wall times, so often a week, or never."""

    said_at: datetime
    always: bool = False
    hours: tuple[time, time] | None = None
    visits_a_week: int = 0


@dataclass(frozen=True)
class Way:
    """Somebody else looks at these roll-calls, from one instant until another."""

    windows: frozenset[str]
    starts_at: datetime
    ends_at: datetime
    who: str = ""
    how: str = ""


@dataclass(frozen=True)
class Run:
    """A stretch in which something cannot be kept, and nobody looks instead; without an end where none is known."""

    starts_at: datetime
    ends_at: datetime | None


def lacks(rows: Collection[Row], presence: Presence) -> tuple[str, ...]:
    """Which of what these rows ask for nobody there can keep, in the order of the day.

    By the policy's own times: a home that moves a roll-call moves it within its hours. Of visits nobody says the time, so
    as many are needed as roll-calls are owed in a week, or none can be relied on.
    """
    windows = {window.name: window for row in rows for window in row.windows}
    intervals = [row.interval for row in rows if row.interval is not None]
    owed = sorted(windows.values(), key=lambda window: (window.opens, window.name))
    if presence.always or not (owed or intervals):
        return ()
    if presence.hours is not None:
        return tuple(window.name for window in owed if not _overlaps(window, *presence.hours))
    needed = 7 * len(owed) if owed else ceil(_WEEK / min(intervals))
    if presence.visits_a_week >= needed:
        return ()
    return tuple(window.name for window in owed) or (INTERVAL,)


def at_instant(
    applies: Sequence[Applies], presence: Presence, ways: Sequence[Way], instant: datetime
) -> tuple[str, ...]:
    """What cannot be kept at this instant and is nobody's."""
    rows = [one.row for one in applies if one.covers(instant)]
    covered = {name for way in ways if way.starts_at <= instant < way.ends_at for name in way.windows}
    return tuple(name for name in lacks(rows, presence) if name not in covered)


def missed(rows: Collection[Row], names: Collection[str], due_at: datetime) -> tuple[str, ...]:
    """Of these roll-calls those that closed at `due_at` by the policy's own times; all of them where none did.

    A home may have moved its times, and what is asked for by an interval closes at no wall time.
    """
    wall = due_at.astimezone(LONDON).time()
    closed = {window.name for row in rows for window in row.windows if window.closes == wall}
    return tuple(name for name in names if name in closed) if closed else tuple(names)


def run(
    applies: Sequence[Applies], said: Sequence[Presence], ways: Sequence[Way], *, at: datetime
) -> Run | None:
    """The stretch with a lack that has not ended by `at`, or comes next; None where everything is kept for good.

    `said` is all that was said of the placement, the first first: what lacked before it was said anew, and lacks still,
    is one stretch.
    """
    return next((one for one in _runs(applies, said, ways) if one.ends_at is None or one.ends_at > at), None)


def _runs(applies: Sequence[Applies], said: Sequence[Presence], ways: Sequence[Way]) -> Iterator[Run]:
    since = said[0].said_at
    spans: list[tuple[datetime, datetime | None]] = [(one.starts_at, one.ends_at) for one in applies]
    spans += [(way.starts_at, way.ends_at) for way in ways]
    moments = {
        *(one.said_at for one in said),
        *(moment for span in spans for moment in span if moment is not None and moment > since),
    }
    began: datetime | None = None
    for moment in sorted(moments):
        presence = next(one for one in reversed(said) if one.said_at <= moment)
        lacking = bool(at_instant(applies, presence, ways, moment))
        if lacking and began is None:
            began = moment
        elif not lacking and began is not None:
            yield Run(began, moment)
            began = None
    if began is not None:
        yield Run(began, None)


def _overlaps(window: Window, start: time, end: time) -> bool:
    """Whether somebody is there in a part of the window; either may go past midnight."""
    return any(
        max(opens, starts) < min(closes, ends)
        for opens, closes in _spans(window.opens, window.closes)
        for starts, ends in _spans(start, end)
    )


def _spans(start: time, end: time) -> list[tuple[int, int]]:
    """Minutes of a day between two wall times: two spans where they go past midnight."""
    first, last = (60 * moment.hour + moment.minute for moment in (start, end))
    return [(first, last)] if first < last else [(first, 24 * 60), (0, last)]
