"""By when somebody is to say what comes after a placement: before its planned end, and on it where it stands on."""

from datetime import datetime

from alerts.paper_facts import Facts
from alerts.paper_rules import Rule
from cases.deadlines import add_days


def due(facts: Facts, rule: Rule | None, *, asked_from: datetime | None) -> list[tuple[datetime, Rule]]:
    """When the word is due, of the placement that stands and has a planned end: as many days ahead of it as `rule` says.

    An end that was over before the policy asked is no news: as many days are left then to say it, or to set it right.
    What was said earlier than that is asked again. Once it is said the end itself is waited for: a placement that
    stands past its planned end is over the day, whatever was said. Nothing without a planned end or before the policy asks.
    """
    stay = next((one for one in facts.stays if one.ends_at is None and one.until is not None), None)
    if rule is None or asked_from is None or stay is None or stay.until is None:
        return []
    before = rule.due["before"].count
    if stay.until < asked_from:
        asked_from = add_days(asked_from, before)
    asked_at = max(add_days(stay.until, -before), stay.starts_at, asked_from)
    is_said = stay.next_said_at is not None and stay.next_said_at >= min(asked_at, stay.until)
    return [(max(stay.until, asked_at) if is_said else asked_at, rule)]


def counts_from(facts: Facts, due_at: datetime) -> datetime:
    """From when the rungs above the first are counted: the planned end, where the word is due before it."""
    ends = [one.until for one in facts.stays if one.ends_at is None and one.until is not None]
    return max([due_at, *ends])
