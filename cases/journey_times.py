"""When the next confirmation of a journey is owed, from the plan and what was confirmed: pure arithmetic."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from cases.deadlines import LONDON

# Each stop is at most so long after the one before (default escalation policy, "in transit").
APART_AT_MOST = timedelta(hours=2)
# [proposal] A night on the way begins no earlier and ends no later than that of a home, between its last roll-call and its
# first: the child is confirmed in the evening, and in the morning.
NIGHT_FROM, NIGHT_SINCE_MIDNIGHT, NIGHT_UNTIL = time(20), time(2), time(9)
NIGHT_AT_MOST = timedelta(hours=11)


@dataclass(frozen=True)
class Stop:
    """One stop of the plan: by when it is to be confirmed, and when the child was seen there; None until then.

    `overnight` where the child sleeps there: the next is owed by its own time.
    """

    due_at: datetime
    seen_at: datetime | None = None
    overnight: bool = False

    @property
    def is_early(self) -> bool:
        """Whether the child was seen where it sleeps before the night begins: until then it is confirmed there again."""
        return self.overnight and self.seen_at is not None and is_before_night(self.due_at, self.seen_at)


def is_at_night(moment: datetime) -> bool:
    """Whether a night on the way may begin at this moment, by the wall in London."""
    wall = moment.astimezone(LONDON).time()
    return wall >= NIGHT_FROM or wall <= NIGHT_SINCE_MIDNIGHT


def is_before_night(due_at: datetime, moment: datetime) -> bool:
    """Whether the night has not begun at this moment, of a stop for the night that is due by then."""
    return moment < due_at and not is_at_night(moment)


def next_stop(stops: Sequence[Stop]) -> int | None:
    """Return which stop, counted from 0, is to be confirmed next; None when the last one is.

    What was passed without a confirmation is not asked for once a later stop is confirmed. Where the child came before
    the night to where it sleeps, that stop is the next one again.
    """
    seen = [number for number, stop in enumerate(stops) if stop.seen_at is not None]
    if seen and stops[seen[-1]].is_early:
        return seen[-1]
    following = seen[-1] + 1 if seen else 0
    return following if following < len(stops) else None


def owed(stops: Sequence[Stop], *, apart: timedelta) -> datetime | None:
    """Return by when the next confirmation is owed; None after the hand-over.

    By the plan, and of a car that runs late as much later as it was at the stop before; never more than `apart` after
    the child was last seen, or than a night where it sleeps on the way; until that night begins it is `apart` there too.
    """
    number = next_stop(stops)
    if number is None:
        return None
    planned, here = stops[number].due_at, stops[number].seen_at
    if here is not None:
        return here + apart
    before = stops[number - 1] if number else None
    if before is None or before.seen_at is None:
        return planned
    if before.overnight and before.seen_at <= planned:
        # Nobody wakes a child to be late in the morning by as much as in the evening.
        return min(planned, before.seen_at + NIGHT_AT_MOST)
    as_late = before.seen_at + (planned - before.due_at)
    return min(before.seen_at + apart, max(planned, as_late))


def put_off(owed_at: datetime, seen: Iterable[datetime], *, apart: timedelta) -> datetime:
    """Return by when the next confirmation is owed of a child who was seen at these moments too: `apart` after the last.

    What was seen before the confirmation was owed puts nothing off.
    """
    late = [moment for moment in seen if moment >= owed_at]
    return max(late) + apart if late else owed_at


def forces(of_stops: Sequence[int | None], *, last: int) -> list[int]:
    """Return the forces of a journey whose stop `last` was confirmed last: of there, of departure and of destination.

    `of_stops` names that of each stop where the plan knows it; where it knows none up to `last`, nothing is returned.
    """
    nearest = next((force for force in reversed(of_stops[: last + 1]) if force is not None), None)
    if nearest is None:
        return []
    wanted = (nearest, of_stops[0], of_stops[-1])
    return list(dict.fromkeys(force for force in wanted if force is not None))
