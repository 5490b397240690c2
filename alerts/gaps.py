"""The stretches of a child's story in which no proof came for longer than the policy lets pass."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from alerts import proof
from alerts.schedule import Applies, ChildFacts, EpisodeFacts, Row, Window
from cases.deadlines import LONDON

DAY = timedelta(days=1)
# The story that the demo tells is of minutes, and no gap in anybody's record.
SHORTEST = timedelta(hours=1)


@dataclass(frozen=True)
class Gap:
    """A stretch without accepted proof; `ends_at` None while it lasts."""

    starts_at: datetime
    ends_at: datetime | None


def unproved(facts: ChildFacts, *, now: datetime) -> tuple[Gap, ...]:
    """Return every gap up to `now` in order, longer than the strictest row at its two ends lets pass.

    A row with an interval lets that many hours pass, one with roll-calls the span from the opening of one to the end of
    the next, on London's clocks. While a missing episode's own ladder runs there is no gap: the episode says so itself.
    """
    until = now if facts.watch_until is None else min(facts.watch_until, now)
    seen = [one.happened_at for one in proof.accepted(facts.sightings, facts.applies)]
    marks = [facts.watch_from, *(at for at in seen if facts.watch_from < at < until), until]
    found = []
    for earlier, later in pairwise(marks):
        for starts_at, ends_at in _outside(earlier, later, _rests(facts)):
            if _is_too_long(facts.applies, starts_at, ends_at):
                lasts = ends_at == now and facts.watch_until is None
                found.append(Gap(starts_at, None if lasts else ends_at))
    return tuple(found)


def _rests(facts: ChildFacts) -> list[tuple[datetime, datetime | None]]:
    running = _runs_from(facts.episode)
    return sorted([*facts.rests, *([(running, None)] if running else [])], key=lambda rest: rest[0])


def _runs_from(episode: EpisodeFacts | None) -> datetime | None:
    """Since when the ladder of an open missing episode runs."""
    if episode is None or episode.kind != "missing" or episode.ended_at is not None:
        return None
    return episode.t0 or episode.police_owed_at


def _outside(
    starts_at: datetime, ends_at: datetime, rests: Sequence[tuple[datetime, datetime | None]]
) -> Iterator[tuple[datetime, datetime]]:
    """The parts of a stretch that lie in no rest."""
    for rest, until in rests:
        if starts_at < rest < ends_at:
            yield starts_at, rest
        if rest < ends_at and (until is None or until > starts_at):
            starts_at = ends_at if until is None else until
    if starts_at < ends_at:
        yield starts_at, ends_at


def _is_too_long(applies: Sequence[Applies], starts_at: datetime, ends_at: datetime) -> bool:
    """Whether it is longer than the strictest row lets pass, at either end; a day where no row applies."""
    if ends_at - starts_at <= SHORTEST:
        return False
    wall = _wall(ends_at) - _wall(starts_at)
    for instant in (starts_at, ends_at):
        # An interval is of hours that pass, and what lies between two roll-calls of hours on London's clocks.
        over = (
            (wall if row.interval is None else ends_at - starts_at) - _span(row)
            for row in (one.row for one in applies if one.covers(instant))
        )
        if max(over, default=wall - DAY) <= timedelta(0):
            return False
    return True


def _span(row: Row) -> timedelta:
    if row.interval is not None or not row.windows:
        return row.interval or DAY
    windows = sorted(row.windows, key=lambda window: window.opens)
    following = [*((one, timedelta(0)) for one in windows[1:]), (windows[0], DAY)]
    return max(
        _closes(later) + ahead - _since_midnight(one.opens.hour, one.opens.minute)
        for one, (later, ahead) in zip(windows, following, strict=True)
    )


def _closes(window: Window) -> timedelta:
    closes = _since_midnight(window.closes.hour, window.closes.minute)
    return closes + DAY if window.closes <= window.opens else closes


def _since_midnight(hours: int, minutes: int) -> timedelta:
    return timedelta(hours=hours, minutes=minutes)


def _wall(instant: datetime) -> datetime:
    """What London's clocks show: a day in which they change is no longer or shorter than another."""
    return instant.astimezone(LONDON).replace(tzinfo=None)
