"""What a child owes whom another's going missing puts at risk: to be seen within half an hour."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from alerts import on_journey
from alerts.schedule import ChildFacts, Expected, HeadCount, Step, in_order

WINDOW = "head_count"
# [proposal] From when the child is to be seen: the row of the first 30 days, whose first step is at the half hour.
STEPS: tuple[tuple[Step, timedelta], ...] = (
    (Step.R0, timedelta(0)),
    (Step.R1, timedelta(0)),
    (Step.R2, timedelta(minutes=30)),
    (Step.R3, timedelta(minutes=60)),
    (Step.FAIL_SAFE, timedelta(minutes=90)),
    (Step.R4, timedelta(hours=3)),
    (Step.R5, timedelta(hours=12)),
)


def owed(facts: ChildFacts, anchor: datetime) -> Iterable[HeadCount]:
    """Those that nobody has answered, who was last accounted for at `anchor`: at the instant itself is in time.

    Of a child whom the escorts have on the way none: their next confirmation is the look, and what they owe climbs by
    itself. The home that the child left can say nothing of it.
    """
    set_out_at = on_journey.set_out_at(facts)
    waiting = [one for one in facts.head_counts if one.since > anchor]
    return [one for one in waiting if set_out_at is None or one.raised_at < set_out_at]


def steps(due_at: datetime) -> Mapping[Step, datetime]:
    """When each step is owed of a child that nobody has seen by `due_at`."""
    return in_order({step: due_at + after for step, after in STEPS})


def asking(facts: ChildFacts, anchor: datetime) -> Expected | None:
    """What is told at once, before anything is late: the home is asked to look, duty to ring it. None where nobody is.

    The latest is told even where an earlier one stands; what is late is the contact clock's.
    """
    waiting = list(owed(facts, anchor))
    if not waiting:
        return None
    raised_at = max(one.raised_at for one in waiting)
    told = (Step.R0, Step.R1) if facts.has_home else (Step.R1,)
    return Expected(raised_at, None, "notice", (), dict.fromkeys(told, raised_at))
