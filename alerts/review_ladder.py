"""What a review of a missing child that nobody records climbs to: which reviews have a ladder, and when each rung hears."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.schedule import Step
from cases import review_dates
from cases.deadlines import add_days
from cases.review_dates import BY_CALENDAR, Due, Review

Rungs = tuple[tuple[Step, timedelta], ...]
# So far ahead a review is looked for whose policy tells anybody: longer than from one yearly review to the next.
LOOKED_AHEAD = timedelta(days=3 * 366)


@dataclass(frozen=True)
class Rules:
    """One version of the policy: of each review the rungs with how long before (negative) or after its day they hear."""

    takes_effect_at: datetime
    rungs: Mapping[Review, Rungs]


@dataclass(frozen=True)
class Owed:
    """One review that is not recorded, and the instant of each rung until it is."""

    due: Due
    steps: Mapping[Step, datetime]

    @property
    def first_at(self) -> datetime:
        return min(self.steps.values())


def owed(
    counts_from: datetime,
    held: Collection[datetime],
    versions: Sequence[Rules],
    *,
    withdrawn: Mapping[datetime, datetime] | None = None,
    at: datetime,
) -> tuple[Owed, ...]:
    """Return the reviews of an open search whose ladder has begun by `at`, and the one whose ladder begins next.

    `held` are the due instants of those on record; `withdrawn` those whose record was withdrawn, with when.
    Of a review that was due before there was a policy nobody is told until its record is withdrawn under one;
    and one without a rung is left out.
    """
    found = []
    for due in review_dates.coming(counts_from):
        if due.due_at in held:
            continue
        steps = instants(due, versions)
        if not steps and withdrawn and due.due_at in withdrawn:
            steps = _instants_in_force(due, versions, withdrawn[due.due_at])
        if steps:
            found.append(Owed(due, steps))
            if found[-1].first_at > at:
                break
        elif due.due_at > at + LOOKED_AHEAD:
            break
    return tuple(found)


def instants(due: Due, versions: Sequence[Rules]) -> dict[Step, datetime]:
    """Return when each rung hears of this review; none before there was a policy.

    A ladder that begins keeps its version: a later one counts where neither it nor the one before has begun by then.
    A review of the calendar is counted in London days, so that each rung hears at the time of day at which the
    review is due; a weekly one in hours, like all that is young.
    """
    found: dict[Step, datetime] | None = None
    for rules in versions:
        if rules.takes_effect_at > due.due_at:
            break
        steps = _steps(due, rules)
        begins = [min(of.values(), default=due.due_at) for of in (found, steps) if of is not None]
        if found is None or min(begins) >= rules.takes_effect_at:
            found = steps
    return found or {}


def _instants_in_force(due: Due, versions: Sequence[Rules], at: datetime) -> dict[Step, datetime]:
    """Return when each rung should have heard of an old review by the version in force at `at`."""
    in_force = [rules for rules in versions if rules.takes_effect_at <= at]
    return _steps(due, in_force[-1]) if in_force else {}


def _steps(due: Due, rules: Rules) -> dict[Step, datetime]:
    return {step: _moment(due, span) for step, span in rules.rungs.get(Review(due.kind), ())}


def _moment(due: Due, span: timedelta) -> datetime:
    if due.kind not in BY_CALENDAR:
        return due.due_at + span
    return add_days(due.due_at, span.days) + timedelta(seconds=span.seconds)


def _days(days: int) -> timedelta:
    return timedelta(days=days)


_WEEKLY: Rungs = ((Step.R4, _days(0)), (Step.R5, _days(2)))
# R0 is the reminder.
_LONG: Rungs = (
    (Step.R0, -_days(14)),
    (Step.R1, _days(0)),
    (Step.R2, _days(3)),
    (Step.R4, _days(7)),
    (Step.R5, _days(14)),
)
# [proposal] First version, to be signed off by the council: the table of an open missing episode from +120 hours on.
DEFAULT_RUNGS: Mapping[Review, Rungs] = {
    Review.MULTI_AGENCY: _WEEKLY,
    Review.DAY_28: ((Step.R5, _days(0)),),
    Review.MONTH_3: _LONG,
    Review.MONTH_6: _LONG,
    Review.YEARLY: _LONG,
}
