"""What a child's age, and a doubt about it, decide of its paper."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise, zip_longest
from typing import Any

from cases import birthdays, details, placements
from cases.deadlines import add_months, at_london
from cases.facts import ChildFacts
from cases.models import Child, DetailsChange
from cases.placement_papers import DISPUTED
from cases.states import AgeStatus

# The 18th birthday is planned from so many months before it on.
FIVE, SIXTEEN, PLANNED_BEFORE = 5, 16, 6
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Stood:
    """Which birth date the child went by from an instant on."""

    since: datetime
    birth_date: date | None
    birth_date_precision: str


def turns(child: Child | Stood, age: int) -> datetime | None:
    """The London midnight with which the child is of that age, by the birth date that they go by, or went by."""
    if child.birth_date is None:
        return None
    born = birthdays.gone_by(child.birth_date, child.birth_date_precision)
    return at_london(birthdays.attained(born, age), time())


def turns_18(child: Child | Stood) -> tuple[datetime, datetime, datetime] | None:
    """From when the 18th birthday is planned, and the London midnights with which it can begin at first and at last."""
    if child.birth_date is None:
        return None
    first, last = birthdays.eighteenth(child.birth_date, child.birth_date_precision)
    first_at = at_london(first, time())
    return add_months(first_at, -PLANNED_BEFORE), first_at, at_london(last, time())


def stood(child: Child, changes: Iterable[DetailsChange]) -> list[Stood]:
    """Every birth date that the child has gone by, in order, from what stands and what each correction says stood before it."""
    now: dict[str, Any] = {"birth_date": child.birth_date, "birth_date_precision": child.birth_date_precision}
    found = []
    for change in sorted(changes, key=lambda one: one.changed_at, reverse=True):
        before = {name: details.read_back(name, change.before[name]) for name in now if name in change.before}
        if before:
            found.append(Stood(change.changed_at, now["birth_date"], now["birth_date_precision"]))
            now |= before
    # What was said at the registration is as if it had been known ever since: that is late from its own day on.
    return [Stood(_EVER, now["birth_date"], now["birth_date_precision"]), *reversed(found)]


def said_16_at(rows: Sequence[Stood]) -> datetime | None:
    """Since when the record has said without a break that the child is 16."""
    return _said_at(rows, lambda row: turns(row, SIXTEEN))


def said_near_18_at(rows: Sequence[Stood]) -> datetime | None:
    """The same of the age from which the 18th birthday is planned."""
    return _said_at(rows, lambda row: next(iter(turns_18(row) or ()), None))


def said_under_16_at(rows: Sequence[Stood]) -> datetime | None:
    """Since when the record has said without a break that the child is not 16 yet."""
    since = None
    for row, later in zip_longest(rows, rows[1:]):
        turned = turns(row, SIXTEEN)
        is_young = turned is not None and row.since < turned
        since = (since or row.since) if is_young else None
        if turned is not None and later is not None and turned <= later.since:
            since = None
    return since


def said_since(rows: Sequence[Stood], is_so: Callable[[Stood], bool]) -> datetime | None:
    """Since when every birth date that the child has gone by says so without a break; None where the last one does not."""
    since = None
    for row in rows:
        since = (since or row.since) if is_so(row) else None
    return since


def _said_at(rows: Sequence[Stood], moment: Callable[[Stood], datetime | None]) -> datetime | None:
    since = None
    for row, later in zip_longest(rows, rows[1:]):
        at = moment(row)
        if at is None or (later is not None and later.since <= at):
            since = None
        elif since is None or at > row.since:
            since = max(at, row.since)
    return since


def is_adult(child: Child, at: datetime) -> bool:
    """Whether the child is 18 whenever it was born, by what is known of that, or its age was assessed as an adult's."""
    days = turns_18(child)
    return child.age_status == AgeStatus.ASSESSED_ADULT or (days is not None and days[-1] <= at)


def young_again_from(one: ChildFacts, rows: Sequence[Stood]) -> datetime | None:
    """When a correction last made a child again of somebody who was of age by `rows`; nobody was owed a guardian till then.

    Not in a search from before that age: turning 18 ends no search, nor what is owed in it.
    """
    found = None
    for row, later in pairwise(rows):
        was, now = turns_18(row), turns_18(later)
        is_again = was is not None and was[-1] <= later.since and (now is None or later.since < now[-1])
        if was is not None and is_again and not _was_sought(one, was[-1], later.since):
            found = later.since
    return found


def _was_sought(one: ChildFacts, since: datetime, at: datetime) -> bool:
    """Whether a search from before `since` was open at `at`."""
    return any(e.since < since and (e.ended_at is None or at < e.ended_at) for e in one.episodes)


def too_young(one: ChildFacts, at: datetime, rows: Sequence[Stood] = ()) -> tuple[datetime, datetime] | None:
    """Since when a child lives in supported accommodation who is too young for it at `at`, and until which birthday.

    `rows` are the birth dates of one that was corrected: nobody was late before it was known.
    """
    placement = one.placement
    if placement is None:
        return None
    until = placements.too_young_until(
        one.child, placement_type=placement.type, starts_at=placement.starts_at, nation=one.nation
    )
    since = max(placement.starts_at, said_under_16_at(rows) or placement.starts_at)
    return (since, until) if until is not None and at < until else None


def disputed_since(one: ChildFacts) -> datetime | None:
    """Since when the age is disputed: from the first of the decisions in a row that say so, else the registration."""
    if one.child.age_status not in DISPUTED:
        return None
    since = one.child.registered_at
    for decision in one.age_decisions:
        if decision.was not in DISPUTED:
            since = decision.recorded_at
    return since
