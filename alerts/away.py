"""When somebody has to say next that a child who is away is where it is to be."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.default_policies import AWAY, AWAY_ARRIVES, AWAY_WAITS
from alerts.schedule import Row
from alerts.windows import occurrences

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stay:
    """A time away, without end where none is known.

    `is_left_for` says that the child was elsewhere until it began, so that whoever saw it before has not seen it there.
    """

    starts_at: datetime
    ends_at: datetime | None
    is_left_for: bool


@dataclass(frozen=True)
class Evening:
    """One of which nobody has said it: from when until when it is asked, and when the answer is owed."""

    opens_at: datetime
    closes_at: datetime
    due_at: datetime


def first_evening(stay: Stay, anchor: datetime) -> Evening | None:
    """The first that is owed of this stay, the last proof at `anchor`; None where the child is back by then.

    By the end of its window; on the evening on which it leaves not before it can have come there.
    """
    since = max(anchor, stay.starts_at) - _DAY
    for evening in occurrences(AWAY, since=since):
        if stay.ends_at is not None and evening.closes_at >= stay.ends_at:
            return None
        is_met = evening.opens_at <= anchor and (stay.starts_at < anchor or not stay.is_left_for)
        if evening.closes_at >= stay.starts_at and not is_met:
            there_at = stay.starts_at + AWAY_ARRIVES if stay.is_left_for else evening.closes_at
            return Evening(evening.opens_at, evening.closes_at, max(evening.closes_at, there_at))
    return None


def first_word(stay: Stay, anchor: datetime) -> Evening | None:
    """What a child owes who is asked for more often than daily, where its first evening away is far off.

    Today's evening was over when it left, or it was reported: until the next nobody was asked for it. None where somebody
    has seen it there since, or saw it within the two hours before a report, and where it is back by then.
    """
    closes = (one.closes_at for one in occurrences(AWAY, since=stay.starts_at - _DAY))
    waits = next(one for one in closes if one >= stay.starts_at) - stay.starts_at
    due_at = stay.starts_at + AWAY_ARRIVES
    is_met = stay.starts_at < anchor or (not stay.is_left_for and stay.starts_at - AWAY_ARRIVES <= anchor)
    if waits <= AWAY_WAITS or is_met or (stay.ends_at is not None and due_at >= stay.ends_at):
        return None
    return Evening(stay.starts_at, due_at, due_at)


def asks_often(row: Row) -> bool:
    """Whether the row asks for a child more than once a day, as in the first 30 days and under a live concern."""
    return len(row.windows) > 1 or (row.interval is not None and row.interval < _DAY)
