"""What a child's age, and a doubt about it, decide of its paper."""

from datetime import datetime, time

from cases import birthdays, placements
from cases.deadlines import add_months, at_london
from cases.facts import ChildFacts
from cases.models import Child
from cases.placement_papers import DISPUTED
from cases.states import AgeStatus

# The 18th birthday is planned from so many months before it on.
FIVE, SIXTEEN, PLANNED_BEFORE = 5, 16, 6


def turns(child: Child, age: int) -> datetime | None:
    """The London midnight with which the child is of that age, by the birth date that they go by."""
    if child.birth_date is None:
        return None
    born = birthdays.gone_by(child.birth_date, child.birth_date_precision)
    return at_london(birthdays.attained(born, age), time())


def turns_18(child: Child) -> tuple[datetime, datetime, datetime] | None:
    """From when the 18th birthday is planned, and the London midnights with which it can begin at first and at last."""
    if child.birth_date is None:
        return None
    first, last = birthdays.eighteenth(child.birth_date, child.birth_date_precision)
    first_at = at_london(first, time())
    return add_months(first_at, -PLANNED_BEFORE), first_at, at_london(last, time())


def is_adult(child: Child, at: datetime) -> bool:
    """Whether the child is 18 whenever it was born, by what is known of that, or its age was assessed as an adult's."""
    days = turns_18(child)
    return child.age_status == AgeStatus.ASSESSED_ADULT or (days is not None and days[-1] <= at)


def too_young(one: ChildFacts, at: datetime) -> tuple[datetime, datetime] | None:
    """Since when a child lives in supported accommodation who is too young for it at `at`, and until which birthday."""
    placement = one.placement
    if placement is None:
        return None
    until = placements.too_young_until(
        one.child, placement_type=placement.type, starts_at=placement.starts_at, nation=one.nation
    )
    return (placement.starts_at, until) if until is not None and at < until else None


def disputed_since(one: ChildFacts) -> datetime | None:
    """Since when the age is disputed: from the first of the decisions in a row that say so, else the registration."""
    if one.child.age_status not in DISPUTED:
        return None
    since = one.child.registered_at
    for decision in one.age_decisions:
        if decision.was not in DISPUTED:
            since = decision.recorded_at
    return since
