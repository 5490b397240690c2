"""By when somebody is to say what comes after a placement: before its planned end, and on it where it stands on."""

from collections.abc import Sequence
from datetime import datetime

from alerts import paper_rungs
from alerts.paper_facts import Facts, Stay
from alerts.paper_rules import Days, Paper, Rule, Rules
from cases.deadlines import add_days


def rule_of(facts: Facts, known: Sequence[Rules], *, days: Days) -> tuple[Rule | None, datetime | None]:
    """Which of the versions that know of it asks for the word, and from when on: the one in force as the stay began.

    One that comes later counts where it asks sooner, and not before it begins.
    """
    stay = _standing(facts)
    if not known or stay is None or stay.until is None:
        return None, None
    asked_from, until = known[0].takes_effect_at, stay.until
    in_force, *later = paper_rungs.counting(known, stay.starts_at)
    found = [(asked_from, in_force.rules[Paper.NEXT_PLACE])]
    found += [(rules.takes_effect_at, rules.rules[Paper.NEXT_PLACE]) for rules in later]
    from_at, rule = min(found, key=lambda one: _asked_at(stay, until, one[1], one[0]))
    rungs = paper_rungs.hears(known, Paper.NEXT_PLACE, began=stay.starts_at, due_at=until, days=days).rungs
    return Rule(rule.due, rungs), from_at


def due(facts: Facts, rule: Rule | None, *, asked_from: datetime | None) -> list[tuple[datetime, Rule]]:
    """When the word is due, of the placement that stands and has a planned end: as many days ahead of it as `rule` says.

    An end that was over before the policy asked is no news: as many days are left then to say it, or to set it right.
    What was said earlier than that is asked again. Once it is said the end itself is waited for: a placement that
    stands past its planned end is over the day, whatever was said. Nothing without a planned end or before the policy asks.
    """
    stay = _standing(facts)
    if rule is None or asked_from is None or stay is None or stay.until is None:
        return []
    asked_at = _asked_at(stay, stay.until, rule, asked_from)
    is_said = stay.next_said_at is not None and stay.next_said_at >= min(asked_at, stay.until)
    return [(max(stay.until, asked_at) if is_said else asked_at, rule)]


def _standing(facts: Facts) -> Stay | None:
    return next((one for one in facts.stays if one.ends_at is None and one.until is not None), None)


def _asked_at(stay: Stay, until: datetime, rule: Rule, asked_from: datetime) -> datetime:
    before = rule.due["before"].count
    if until < asked_from:
        asked_from = add_days(asked_from, before)
    return max(add_days(until, -before), stay.starts_at, asked_from)


def counts_from(facts: Facts, due_at: datetime) -> datetime:
    """From when the rungs above the first are counted: the planned end, where the word is due before it."""
    ends = [one.until for one in facts.stays if one.ends_at is None and one.until is not None]
    return max([due_at, *ends])
