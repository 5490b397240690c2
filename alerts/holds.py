"""What an outage of the engine puts off: no police force hears of a home that has had no time to answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from alerts.schedule import Step

# The home, the duty desk and the manager are told at once; the police, and whoever is told after them, wait.
PUT_OFF = frozenset({Step.R3, Step.FAIL_SAFE, Step.R4, Step.R5})


@dataclass(frozen=True)
class Hold:
    """An outage from the last sweep before it to the first after it, and until when it puts off what is no record."""

    began_at: datetime
    ended_at: datetime
    until: datetime


def put_off(step_at: datetime, *, due_at: datetime, police_at: datetime, holds: Iterable[Hold]) -> datetime:
    """Return when a step of `step_at` is owed, given the outages; never sooner, and one of R0 to R2 is not asked about.

    `police_at` is the alert's R3 in its own time. An outage puts off only an alert whose R3 it came
    before: one that had reached the police rung has an open episode, and goes on. A deadline that
    passed after service was back is not explained by the outage. What is put off already when
    another outage begins gets after it what was left of the hold, so that engines that fail again
    and again cannot put off a search for ever.
    """
    at, reached = step_at, police_at
    for hold in sorted(holds, key=lambda one: one.began_at):
        if due_at >= hold.ended_at or reached <= hold.began_at:
            continue
        lasts = hold.until - hold.ended_at
        if reached > police_at:
            lasts = min(lasts, reached - hold.began_at)
        until = hold.ended_at + lasts
        at, reached = max(at, until), max(reached, until)
    return at
