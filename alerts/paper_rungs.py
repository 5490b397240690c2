"""Whose rungs hear of paper whose day is fixed: those in force when it began, and a later version's where they are sooner."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from alerts.paper_facts import Owed
from alerts.paper_rules import RUNGS, Days, Paper, Rule, Rules
from alerts.schedule import Step, in_order


def owed(
    paper: Paper,
    due_at: datetime,
    rule: Rule,
    days: Days,
    *,
    key: int = 0,
    since: Callable[[datetime], datetime] | None = None,
) -> Owed:
    """Return what is due, with when each rung hears of it; those above the first count from `since` that day."""
    later = since(due_at) if since is not None else due_at
    of = {step: due_at if step == Step.R1 else later for step in RUNGS}
    rungs = {step: span.after(of[step], days) for step, span in rule.rungs if step in RUNGS}
    return Owed(paper, due_at, in_order(rungs), key)


def counting(known: Sequence[Rules], began: datetime) -> list[Rules]:
    """Return, of the versions that know a paper, the one in force when it `began`, and those that come later."""
    began = max(began, known[0].takes_effect_at)
    in_force = [rules for rules in known if rules.takes_effect_at <= began][-1:]
    return [*in_force, *(rules for rules in known if rules.takes_effect_at > began)]


def hears(known: Sequence[Rules], paper: Paper, *, began: datetime, due_at: datetime, days: Days) -> Rule:
    """Return the rule in force when it began, with each rung as near as any that has begun by that rung says.

    A version that comes later can only bring a rung nearer, as it can the day of what is counted.
    """
    in_force, *later = counting(known, began)
    rule = in_force.rules[paper]
    for rules in later:
        rungs = dict(rule.rungs)
        for step, span in rules.rules[paper].rungs:
            at = span.after(due_at, days)
            is_sooner = step not in rungs or at < rungs[step].after(due_at, days)
            if is_sooner and at >= rules.takes_effect_at:
                rungs[step] = span
        rule = replace(rule, rungs=tuple(rungs.items()))
    return rule
