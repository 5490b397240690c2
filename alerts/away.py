"""On which evening somebody has to say next that a child who is away is where it is to be."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.default_policies import AWAY, AWAY_ARRIVES
from alerts.windows import occurrences


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
    since = max(anchor, stay.starts_at) - timedelta(days=1)
    for evening in occurrences(AWAY, since=since):
        if stay.ends_at is not None and evening.closes_at >= stay.ends_at:
            return None
        is_met = evening.opens_at <= anchor and (stay.starts_at < anchor or not stay.is_left_for)
        if evening.closes_at >= stay.starts_at and not is_met:
            there_at = stay.starts_at + AWAY_ARRIVES if stay.is_left_for else evening.closes_at
            return Evening(evening.opens_at, evening.closes_at, max(evening.closes_at, there_at))
    return None
