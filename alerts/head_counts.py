"""What a child owes whom another's going missing puts at risk: to be seen within the time that the policy names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts import on_journey
from alerts.applying import Version
from alerts.default_policies import FIRST_30_DAYS, HEAD_COUNT
from alerts.schedule import ChildFacts, Expected, HeadCount, Row, Step, StepTime, step_instants

WINDOW = "head_count"
ROW = HEAD_COUNT.key
# The row by which the child is watched for it: nothing is told later of a head count than of that.
CLOSER = FIRST_30_DAYS.key


def row_at(versions: Sequence[Version], at: datetime) -> Row:
    """Return the policy by which a child is asked for at `at`: it keeps that.

    No step comes later than that of the row of the first 30 days, whatever was agreed of the one and not of the other.
    """
    row, closer = _in_force(versions, ROW, at), _in_force(versions, CLOSER, at)
    if row is None:
        return HEAD_COUNT
    return row if closer is None else replace(row, steps=_soonest(row, closer))


def within(row: Row) -> timedelta:
    """By how long after the asking the child is to be seen."""
    return row.interval or HEAD_COUNT.interval or timedelta(0)


def watched(row: Row, raised_at: datetime, ended_at: datetime | None) -> tuple[datetime, datetime]:
    """From when to when a child is watched more closely who was asked for at `raised_at`, to the end of that at most."""
    until = raised_at + (row.watched_for or HEAD_COUNT.watched_for or timedelta(0))
    return raised_at, until if ended_at is None else min(until, ended_at)


def asked(row: Row, since: datetime, raised_at: datetime) -> HeadCount:
    """What is owed by this policy of a child who is asked for at `raised_at`, for another is missing `since`."""
    return HeadCount(since, raised_at, raised_at + within(row), row.steps)


def owed(facts: ChildFacts, anchor: datetime) -> Iterable[HeadCount]:
    """Those that nobody has answered, who was last accounted for at `anchor`: at the instant itself is in time.

    Of a child whom the escorts have on the way none: their next confirmation is the look, and what they owe climbs by
    itself. The home that the child left can say nothing of it.
    """
    set_out_at = on_journey.set_out_at(facts)
    waiting = [one for one in facts.head_counts if one.since > anchor]
    return [one for one in waiting if set_out_at is None or one.raised_at < set_out_at]


def steps(one: HeadCount) -> Mapping[Step, datetime]:
    """When each step is owed of a child that nobody has seen in time."""
    return step_instants(one.steps, one.due_at)


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


def _in_force(versions: Sequence[Version], key: str, at: datetime) -> Row | None:
    """Return the version of a row in force at `at`; before the first it is the first."""
    own = sorted((v for v in versions if v.row.key == key), key=lambda v: v.takes_effect_at)
    began = [version.row for version in own if version.takes_effect_at <= at]
    return began[-1] if began else own[0].row if own else None


def _soonest(row: Row, closer: Row) -> tuple[tuple[Step, StepTime], ...]:
    others = {step: at.after for step, at in closer.steps if at.after is not None}
    return tuple(
        (step, StepTime(after=min(at.after, others.get(step, at.after))) if at.after is not None else at)
        for step, at in row.steps
    )
