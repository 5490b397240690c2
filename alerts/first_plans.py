"""Since when a plan is owed for the placement that stands, and one for the care of the child."""

from collections.abc import Iterator
from datetime import datetime, time

from alerts import care_rests
from alerts.paper_facts import Facts
from alerts.paper_rules import Paper
from cases.deadlines import at_london, london_day


def since(facts: Facts) -> Iterator[tuple[Paper, datetime]]:
    """Both count from a beginning, and are over when a plan is recorded of that day or a later one.

    Each placement has a plan of its own: that of the one before says nothing of this home.
    """
    stay = next((one for one in facts.stays if one.ends_at is None), None)
    if stay is not None:
        began = care_rests.stays_from(stay, facts)
        if not _is_made(Paper.PLACEMENT_PLAN, began, facts):
            yield Paper.PLACEMENT_PLAN, began
    # The care of a child who was known later is owed from then, as its reviews are.
    began = care_rests.began(Paper.CARE_PLAN, facts)
    if not _is_made(Paper.CARE_PLAN, began, facts):
        yield Paper.CARE_PLAN, began


def _is_made(paper: Paper, began: datetime, facts: Facts) -> bool:
    """A plan is recorded with its day alone."""
    held = facts.held.get(paper)
    return held is not None and held.last_at >= at_london(london_day(began), time())
