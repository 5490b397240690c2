"""The personal adviser of a child who is to leave care, read for its paper, and the times in care that decide of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from alerts import age_dues
from alerts.duties import FIRST_DAYS
from alerts.paper_facts import Held
from alerts.paper_rules import Paper
from cases import birthdays, leaving_care
from cases.deadlines import at_london, london_day
from cases.facts import ChildFacts
from cases.leaving_care import Leaving, Span
from cases.models import CareEnd, Child, PersonalAdviser, Responsibility
from cases.states import AgeStatus
from cases.worded import Question


@dataclass(frozen=True)
class Lacking:
    """Since when the child is owed an adviser and has none, until its 18th birthday; whether one has left."""

    since: datetime
    until: datetime
    has_left: bool = False


def read(
    loaded: Mapping[int, ChildFacts],
    stood: Mapping[int, Sequence[age_dues.Stood]],
    *,
    any_adviser: bool = True,
    any_end: bool = True,
) -> dict[int, Lacking]:
    """Which of these children are, or will be, eligible and have no adviser from then on; in two questions at most.

    `stood` are the birth dates of those of whom one was corrected: nobody is owed one before it says so. Where nobody has
    an adviser, or of nobody care has ended, that is not asked.
    """
    old = [pk for pk, one in loaded.items() if one.child.birth_date is not None]
    advisers = _advisers(old) if any_adviser else {}
    ends = _ends(old) if any_end else {}
    passed = _passed([loaded[pk] for pk in advisers])
    found = {}
    for child_id in old:
        one, rows = loaded[child_id], advisers.get(child_id, ())
        said_at = age_dues.said_16_at(stood.get(child_id, ()))
        lacking = _lacking(one, ends.get(child_id, ()), rows, said_at)
        if lacking is None:
            lacking = _unconfirmed(one, rows, passed.get(child_id))
        if lacking is not None:
            found[child_id] = lacking
    return found


def contacts(
    loaded: Mapping[int, ChildFacts], held: Mapping[int, Mapping[Paper, Held]]
) -> dict[int, tuple[datetime, str]]:
    """Since when the adviser of each, or their last contact, waits for the next, and the case that counts from there."""
    found = {}
    rows = PersonalAdviser.objects.standing().filter(child__among=list(loaded))
    for child_id, starts_at in rows.values_list("child", "starts_at"):
        last = held.get(child_id, {}).get(Paper.ADVISER_CONTACT)
        # Another adviser puts nothing off.
        found[child_id] = (last.last_at, "again") if last is not None else (starts_at, "start")
    return found


def _advisers(ids: Collection[int]) -> dict[int, list[PersonalAdviser]]:
    advisers: dict[int, list[PersonalAdviser]] = {}
    for row in PersonalAdviser.objects.recorded().filter(child__among=ids):
        advisers.setdefault(row.child_id, []).append(row)
    return advisers


_STARTS = Question(
    lambda ids: (
        Responsibility.objects.filter(child__among=ids)
        .order_by("-starts_at")
        .values_list("child", "authority", "starts_at")
    )
)


def _passed(children: Sequence[ChildFacts]) -> dict[int, datetime]:
    """When responsibility for each passed on last, where it did: to an authority that took the place of another it did not."""
    starts: dict[int, list[tuple[int, datetime]]] = {}
    for child_id, authority_id, at in _STARTS({one.child.pk for one in children}):
        starts.setdefault(child_id, []).append((authority_id, at))
    found = {}
    for one in children:
        own = {one.authority_id, *one.predecessors}
        # The latest first: since when one of them has been responsible without a break, where another was before.
        since = None
        for authority_id, at in starts.get(one.child.pk, ()):
            if authority_id not in own and since is not None:
                found[one.child.pk] = since
                break
            since = at
    return found


def _unconfirmed(
    one: ChildFacts, rows: Sequence[PersonalAdviser], passed_at: datetime | None
) -> Lacking | None:
    """An adviser of the authority before is asked about, until somebody says that they go on or appoints another."""
    standing = next((row for row in rows if row.ends_at is None), None)
    turns_18 = age_dues.turns(one.child, birthdays.EIGHTEEN)
    if standing is None or passed_at is None or turns_18 is None or passed_at >= turns_18:
        return None
    if max(standing.recorded_at, standing.confirmed_at or standing.recorded_at) >= passed_at:
        return None
    return None if one.child.age_status == AgeStatus.ASSESSED_ADULT else Lacking(passed_at, turns_18, True)


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


def _lacking(
    one: ChildFacts,
    ends: Iterable[CareEnd],
    advisers: Sequence[PersonalAdviser],
    said_at: datetime | None,
) -> Lacking | None:
    born, turns_18 = _born(one.child), age_dues.turns(one.child, birthdays.EIGHTEEN)
    if born is None or turns_18 is None or one.child.age_status == AgeStatus.ASSESSED_ADULT:
        return None
    day = leaving_care.eligible_from(born, spans(one, ends))
    if day is None or any(row.ends_at is None for row in advisers):
        return None
    since = at_london(day, time())
    since = max(since, said_at or since)
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


def said(lacking: Lacking | None) -> dict[str, Any]:
    """Who lacks an adviser, as the calculator of paper reads it."""
    if lacking is None:
        return {}
    case = "again" if lacking.has_left else "start"
    return {"adviser": (lacking.since, lacking.until), "adviser_case": case}
