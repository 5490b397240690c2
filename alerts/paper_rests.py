"""From when a day of paper counts that came while nobody was asked: in a search, or while the child was held for an adult."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from alerts.paper_facts import Facts
from alerts.paper_rules import Days, Paper, Rule, Span, Unit

# When something is due, and the rule of the version that says so.
Due = tuple[datetime, Rule]


def untils(facts: Facts) -> Mapping[Paper, tuple[datetime | None, datetime | None] | None]:
    """Since when these are owed, and when they are owed no longer whatever is done."""
    adult_at = facts.turns_18[-1] if facts.turns_18 else None
    back_at = facts.unreviewed.until if facts.unreviewed is not None else None
    reviewed_at = min((at for at in (adult_at, back_at) if at is not None), default=None)
    return {
        Paper.COVER: facts.uncovered,
        Paper.TOO_YOUNG: facts.too_young,
        Paper.UNKEPT: facts.unkept,
        Paper.ADVISER: facts.adviser,
        Paper.ADVISER_CONTACT: (None, adult_at),
        Paper.REVIEWING_OFFICER: (None, reviewed_at),
        # Of an adult who is looked for nobody reviews the care.
        Paper.CARE_REVIEW: (None, adult_at) if facts.is_sought else None,
    }


def after_all(due: Due, facts: Facts, counted: Callable[[datetime], Due]) -> Due:
    """What fell due in a search, or while an adult was thought of, is `counted` from its end; what was late before is late.

    Of whoever goes missing again and again nothing would ever be due otherwise. Of one whom two people held for an adult
    nobody was told for as long as that, so what was late before it is due as it ends, and its rungs count from there.
    """
    rests = [(began, back, False) for began, back in facts.searches]
    rests += [(began, back, True) for began, back in facts.adult_rests]
    for began, back, is_adult in sorted(rests, key=lambda rest: rest[1]):
        if began <= due[0] <= back:
            due = counted(back)
        elif is_adult and due[0] < began:
            due = back, due[1]
    return due


def after_reviews(
    due: Due,
    facts: Facts,
    counted: Callable[[str, datetime], Due],
    *,
    asked: datetime | None,
    days: Days,
) -> Due:
    """The same of a review of the care, which no search puts off that began after `asked`.

    In one that was over by then, or in which the child came of age, it rested until the return. One that ran at `asked`
    put it off until then alone, with what was late before it and had slept too long to be told still.
    """
    runs = facts.sought_since if facts.is_sought else None
    rested = []
    for began, back in (*facts.searches, *([(runs, None)] if runs is not None else [])):
        if back is not None and (asked is None or back <= asked or _is_of_age(facts, back)):
            rested.append((began, back))
        elif asked is not None and began < asked:
            has_slept = Span(days.asleep, Unit.WORKING_DAYS).after(began, days) <= asked
            rested.append((min(began, due[0]) if has_slept else began, asked))
    names = {asked: "sought"}
    return after_all(due, replace(facts, searches=rested), lambda at: counted(names.get(at, "start"), at))


def after_adult(due: Due, facts: Facts, counted: Callable[[datetime], Due] | None = None) -> Due:
    """The same of what no search puts off; without `counted` it is due as the child is held for a child again."""
    for began, back in sorted(facts.adult_rests):
        if due[0] <= back:
            due = counted(back) if counted is not None and began <= due[0] else (back, due[1])
    return due


def _is_of_age(facts: Facts, at: datetime) -> bool:
    return facts.turns_18 is not None and at >= facts.turns_18[-1]
