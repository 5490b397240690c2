"""The personal adviser of a child who is to leave care, read for its paper, and the times in care that decide of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from alerts import age_dues
from alerts.duties import FIRST_DAYS
from cases import birthdays, leaving_care
from cases.deadlines import at_london, london_day
from cases.facts import ChildFacts
from cases.leaving_care import Leaving, Span
from cases.models import CareEnd, Child, PersonalAdviser
from cases.states import AgeStatus


@dataclass(frozen=True)
class Lacking:
    """Since when the child is owed an adviser and has none, until its 18th birthday; whether one has left."""

    since: datetime
    until: datetime
    has_left: bool = False


def read(loaded: Mapping[int, ChildFacts]) -> dict[int, Lacking]:
    """Which of these children are, or will be, eligible and have no adviser from then on; in two questions."""
    old = [pk for pk, one in loaded.items() if one.child.birth_date is not None]
    advisers: dict[int, list[PersonalAdviser]] = {}
    for row in PersonalAdviser.objects.filter(child__among=old):
        advisers.setdefault(row.child_id, []).append(row)
    ends = _ends(old)
    found = {}
    for child_id in old:
        one = loaded[child_id]
        lacking = _lacking(one, ends.get(child_id, ()), advisers.get(child_id, ()))
        if lacking is not None:
            found[child_id] = lacking
    return found


def leaving(one: ChildFacts, *, on: date) -> Leaving:
    """What the child is on a day, or was on the day of its death; one question."""
    if one.has_died and one.watched_until is not None:
        on = min(on, london_day(one.watched_until))
    ends = _ends([one.child.pk]).get(one.child.pk, ())
    return leaving_care.status(_born(one.child), spans(one, ends), on=on)


def spans(one: ChildFacts, ends: Iterable[CareEnd]) -> list[Span]:
    """The times in which the child was looked after: from when it came into care, less those in which care had ended.

    None goes on after the child is watched over no more: the case closed, or the child died.
    """
    found = _spans(one, ends)
    if one.watched_until is None:
        return found
    over = london_day(one.watched_until)
    return [replace(span, last=min(span.last or over, over)) for span in found if span.first <= over]


def _spans(one: ChildFacts, ends: Iterable[CareEnd]) -> list[Span]:
    found, first = [], london_day(care_since(one))
    for row in sorted(ends, key=lambda end: end.starts_at):
        if row.ended_date >= first:
            found.append(Span(first, row.ended_date))
        again = row.ends_at or row.back_at
        if again is None:
            return found
        first = max(london_day(again), row.ended_date + timedelta(days=1))
    return [*found, Span(first)]


def care_since(one: ChildFacts) -> datetime:
    """When the child came into care: with its first placement, or as it arrived, if that was no month before we knew.

    Who arrived longer ago was in nobody's care that is on record, and no day of the law began then.
    """
    child = one.child
    known_at = max(child.arrived_at, child.registered_at)
    arrived = [child.arrived_at] if known_at - child.arrived_at <= FIRST_DAYS else []
    return min([known_at, *arrived, *(placement.starts_at for placement in one.placements)])


def _lacking(one: ChildFacts, ends: Iterable[CareEnd], advisers: Sequence[PersonalAdviser]) -> Lacking | None:
    born, turns_18 = _born(one.child), age_dues.turns(one.child, birthdays.EIGHTEEN)
    if born is None or turns_18 is None or one.child.age_status == AgeStatus.ASSESSED_ADULT:
        return None
    day = leaving_care.eligible_from(born, spans(one, ends))
    if day is None or any(row.ends_at is None for row in advisers):
        return None
    since = at_london(day, time())
    left = max((row.ends_at for row in advisers if row.ends_at is not None), default=None)
    if left is not None and left > since:
        return Lacking(left, turns_18, has_left=True) if left < turns_18 else None
    return Lacking(since, turns_18)


def _born(child: Child) -> date | None:
    if child.birth_date is None:
        return None
    return birthdays.gone_by(child.birth_date, child.birth_date_precision)


def _ends(ids: Collection[int]) -> dict[int, list[CareEnd]]:
    found: dict[int, list[CareEnd]] = {}
    for row in CareEnd.objects.filter(child__among=ids):
        found.setdefault(row.child_id, []).append(row)
    return found
