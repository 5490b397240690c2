"""What paper sleeps while a child is looked for: what was late before, for so many working days."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from alerts.paper_facts import Facts, Owed
from alerts.paper_rules import IN_SEARCH, Days, Paper, Span, Unit


def goes_on(facts: Facts) -> Collection[Paper]:
    """What a child is owed while it is looked for; its care is reviewed on the days of the law as long as it is in care."""
    return IN_SEARCH if facts.reviews_rest else (*IN_SEARCH, Paper.CARE_REVIEW)


def awake(facts: Facts, found: Sequence[Owed]) -> Iterator[Owed]:
    """What is owed in a search as at any time."""
    on = goes_on(facts)
    return (one for one in found if one.paper in on)


def asleep(facts: Facts, found: Sequence[Owed], days: Days) -> Iterator[Owed]:
    """What was late before the search: its alert stands as it was `until` so many working days of the search have passed.

    So no rung is told once more because a child is missing for hours again and again. A longer search ends the alert, and
    what is late still after the return is told anew.
    """
    since, on = facts.sought_since, goes_on(facts)
    if since is None or days.asleep == 0:
        return
    until = Span(days.asleep, Unit.WORKING_DAYS).after(since, days)
    for one in found:
        if one.due_at < since and one.paper not in on:
            yield replace(one, steps={}, until=min(until, one.until or until), asleep=True)
