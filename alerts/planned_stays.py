"""What is owed of a placement before it begins, and that it is recorded once its day has come."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from alerts import care_rests, paper_rests, paper_rungs
from alerts.paper_facts import Ahead, Facts
from alerts.paper_rests import Due
from alerts.paper_rules import Days, Paper, Rule, Rules, Span, Unit
from cases.deadlines import end_of, working_day_before

# [proposal] What fell due while the child was looked for is asked about so long after the return.
BACK = Span(1, Unit.WORKING_DAYS)
# What is owed of a placement that has begun, and what was owed of it while it was planned.
_AHEAD_OF = {Paper.HOST_NOTICE: Paper.NOTICE_AHEAD, Paper.APPROVAL: Paper.APPROVAL_AHEAD}


def due(facts: Facts, knowing: Callable[[Paper], Sequence[Rules]], days: Days) -> Iterator[tuple[Paper, Due]]:
    """When each duty of the planned placement is due; what would have been due before the policy asked is not asked.

    By the version that was in force when it was planned, and a later one where that is sooner.
    """
    ahead = facts.ahead
    for paper in (Paper.NOTICE_AHEAD, Paper.APPROVAL_AHEAD, Paper.PLANNED_PLACE):
        known = knowing(paper)
        if ahead is None or not known:
            continue
        due_at = _soonest(paper, ahead, known, days)
        if due_at is not None and due_at >= known[0].takes_effect_at:
            rule = paper_rungs.hears(known, paper, began=ahead.recorded_at, due_at=due_at, days=days)
            yield paper, _after_rests((due_at, rule), facts, days)


def no_later(
    paper: Paper, due: Due, facts: Facts, knowing: Callable[[Paper], Sequence[Rules]], days: Days
) -> Due:
    """What was late ahead of a planned placement as it began is as late after it; everything else is due as it was.

    It is counted anew where responsibility or care has begun since.
    """
    stay = next((one for one in facts.stays if one.ends_at is None), None)
    before = _AHEAD_OF.get(paper)
    if before is None or stay is None or stay.planned is None:
        return due
    known = knowing(before)
    if not known or care_rests.hosted_from(stay, facts) != stay.starts_at:
        return due
    late_at = _soonest(before, replace(stay.planned, hosted=True, told=False, approved=False), known, days)
    if late_at is None or late_at < known[0].takes_effect_at:
        return due
    late_at = _after_rests((late_at, due[1]), facts, days)[0]
    return (late_at, due[1]) if late_at <= stay.starts_at and late_at < due[0] else due


def _soonest(paper: Paper, ahead: Ahead, known: Sequence[Rules], days: Days) -> datetime | None:
    in_force, *later = paper_rungs.counting(known, ahead.recorded_at)
    due_at = _due_at(paper, ahead, in_force.rules[paper], days)
    found = ((_due_at(paper, ahead, rules.rules[paper], days), rules.takes_effect_at) for rules in later)
    sooner = [at for at, begins in found if at is not None and due_at is not None and begins <= at < due_at]
    return min(sooner, default=due_at)


def _due_at(paper: Paper, ahead: Ahead, rule: Rule, days: Days) -> datetime | None:
    """The word to the area and the approval by the end of a working day so long before the placement's own.

    Where it was planned later than that the child cannot wait: then both are owed after the placement begins, as of
    every other.
    """
    if paper == Paper.PLANNED_PLACE:
        return rule.due["start"].after(end_of(ahead.day), days)
    if not ahead.hosted or (ahead.told if paper == Paper.NOTICE_AHEAD else ahead.approved):
        return None
    before = working_day_before(ahead.day, rule.due["before"].count, holidays=days.holidays)
    return before if ahead.recorded_at < before else None


def _after_rests(due: Due, facts: Facts, days: Days) -> Due:
    return paper_rests.after_all(due, facts, lambda back: (BACK.after(back, days), due[1]))
