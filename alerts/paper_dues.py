"""The paper of some children, read for their clocks in a fixed number of questions."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.conf import settings

from alerts import (
    adviser_dues,
    age_dues,
    approval_dues,
    paper_reads,
    paperwork,
    policies,
    searches,
    staffing_dues,
    values,
    visit_dues,
)
from alerts.kept_policies import Policies
from alerts.models import PolicyVersion
from alerts.paper_facts import Supervised
from alerts.paper_reads import ANSWERS, PHOTO, Read
from alerts.paperwork import Assessed, Days, Facts, Owed, Stay
from alerts.policy_shelf import Shelf
from alerts.schedule import Expected
from alerts.staffing_dues import Staffed
from cases import holidays, risk_ends
from cases.deadlines import end_of
from cases.facts import ChildFacts
from cases.models import Child, Photo, Placement, Risk, RiskAssessment
from cases.worker_absences import Absence

# What the list of an arrival asks for.
CHECKLIST = (PHOTO, *ANSWERS)


@dataclass(frozen=True)
class Papers:
    """One child's paper: what is owed, what the list of the arrival lacks, and the clocks that stand."""

    owed: tuple[Owed, ...] = ()
    lacks: tuple[str, ...] = ()
    standing: frozenset[str] = frozenset()

    def expected(self) -> Iterator[tuple[str, Expected | None]]:
        """What each duty owes, by its name: nothing once it is recorded."""
        owed = {one.name: one for one in self.owed}
        for name in sorted(owed.keys() | self.standing):
            one = owed.get(name)
            yield (
                name,
                None
                if one is None
                else Expected(
                    one.due_at,
                    None,
                    "paper",
                    (one.paper.value,),
                    one.steps,
                    until=one.until,
                    asleep=one.asleep,
                ),
            )


NO_PAPERS = Papers()
NONE_STAND: Mapping[int, Collection[str]] = MappingProxyType({})


def of(
    loaded: Mapping[int, ChildFacts],
    demos: Collection[int],
    rules: Policies,
    at: datetime,
    draft: PolicyVersion | None = None,
    *,
    standing: Mapping[int, Collection[str]] = NONE_STAND,
    there: Collection[str] = paper_reads.EVERY,
) -> dict[int, Papers]:
    """What these children owe; those of a story or a drill owe none, and nobody does before there is a policy.

    `standing` are the clocks of paper that stand, by child. Only what is `there` is read, by the names of
    `paper_reads.SELDOM`; all of it where that was not asked before.
    """
    shelf = rules.of(policies.PAPER, draft)
    delivered = shelf.papers()
    if not delivered or delivered[0].takes_effect_at > at:
        return {}
    found = {}
    read = paper_reads.read(loaded, there, at=at)
    read.unkept = _unkept(read.staffed, loaded, rules.contact(), at)
    for child_id, one in loaded.items():
        facts = facts_of(one, read, at)
        is_nobody = child_id in demos or one.child.is_drill
        calendar = holidays.calendar_of(one.nation or "England")
        days = Days(calendar, holidays.of(calendar), settings.PAPER_ASLEEP_DAYS)
        owed = () if is_nobody else paperwork.owed(facts, shelf.papers(one.responsible), days)
        found[child_id] = Papers(owed, tuple(facts.lacks), frozenset(standing.get(child_id, ())))
    return found


def _unkept(
    staffed: Mapping[int, Staffed], loaded: Mapping[int, ChildFacts], shelf: Shelf, at: datetime
) -> dict[int, tuple[datetime, datetime | None]]:
    """Of those of whose placement somebody has said who is there: what of their own rows nobody keeps, and when."""
    rows = {pk: shelf.rows(loaded[pk].responsible) for pk in staffed}
    return staffing_dues.runs(staffed, {pk: values.applies(loaded[pk], rows[pk]) for pk in rows}, at=at)


def facts_of(one: ChildFacts, read: Read, at: datetime) -> Facts:
    """The rows as the calculator's values."""
    child = one.child
    lacks = lacking(child, has_photo=child.pk in read.photographed)
    return Facts(
        arrived_at=max(child.arrived_at, child.registered_at),
        care_since=adviser_dues.care_since(one),
        care_ended=read.care_ended.get(child.pk),
        grade=child.risk,
        **_assessments(child, read),
        changes=(*_moves(one), *read.referred.get(child.pk, ()), *read.nrm.changes.get(child.pk, ())),
        # Paper that fell due while the case was closed is due as it opens again.
        adult_rests=(*one.adult_rests, *((again, again) for again in [child.reopened_at] if again)),
        lacks=lacks,
        lacks_since=_lacks_since(child, lacks, read),
        **visit_dues.said(read.visits.get(child.pk)),
        stays=tuple(_stays(one, read)),
        ahead=read.planned.ahead.get(child.pk),
        unkept=read.unkept.get(child.pk),
        nowhere_since=one.nowhere_since,
        disputed_since=age_dues.disputed_since(one),
        held=read.held.get(child.pk, {}),
        plan=read.plans.planned.get(child.pk),
        promised=read.plans.promised.get(child.pk, ()),
        **adviser_dues.said(read.lacking.get(child.pk)),
        unreviewed=read.unreviewed.get(child.pk),
        adviser_contact=read.adviser_contact.get(child.pk, (None, "start")),
        limited=read.limited.get(child.pk),
        **_birthdays(one, read, at),
        suspected_at=_suspected_at(child, read),
        referenced_at=(read.referenced.get(child.pk, child.registered_at) if child.nrm_reference else None),
        awaited=read.nrm.awaited.get(child.pk),
        handed_over_at=_handed_over_at(one, read.arrived.get(child.pk, ())),
        **_worker_away(read.absences.get(child.pk)),
        supervised=_supervised(one, read.discussed.get(child.pk)),
        checked=read.checked.get(child.pk),
        guardian_stays=read.guardian_stays.get(child.pk, (None, "start")),
        **_searches(one),
        watched_until=one.watched_until,
    )


def _assessments(child: Child, read: Read) -> dict[str, Any]:
    """The latest assessment of the risk, and what of those and of the plans no manager has read."""
    rows = read.assessed.get(child.pk, [])
    return {
        "assessed": _assessed(child, next(iter(rows), None)),
        "unread": (*_unread(rows), *read.plans.unsigned.get(child.pk, ())),
        "sent_back_at": _sent_back_at(rows),
    }


def _birthdays(one: ChildFacts, read: Read, at: datetime) -> dict[str, Any]:
    """What the child is of age for by then, and since when each day was said."""
    child, stood = one.child, read.stood.get(one.child.pk, ())
    return {
        "too_young": age_dues.too_young(one, at, stood),
        "five_at": age_dues.turns(child, age_dues.FIVE),
        "sixteen_at": age_dues.turns(child, age_dues.SIXTEEN),
        "turns_18": age_dues.turns_18(child),
        "said_16_at": age_dues.said_16_at(stood),
        "said_near_18_at": age_dues.said_near_18_at(stood),
        "reviews_rest": age_dues.is_adult(child, at),
    }


def _searches(one: ChildFacts) -> dict[str, Any]:
    """The searches that are over, with the returns that ended them, and the one that goes on."""
    return {
        "returns": tuple(back_at for _episode, back_at in searches.returns(one)),
        "searches": tuple(searches.ended(one)),
        "is_sought": searches.is_sought(one),
        "sought_since": searches.began(one.open_episode),
    }


def _lacks_since(child: Child, lacks: Iterable[str], read: Read) -> datetime | None:
    return min((read.emptied.get((child.pk, what), child.registered_at) for what in lacks), default=None)


def lacking(child: Child, *, has_photo: bool) -> tuple[str, ...]:
    """Which points of the list of an arrival nothing answers yet, in the order in which they are asked."""
    answered = {what for what, names in ANSWERS.items() if any(getattr(child, name) for name in names)}
    return tuple(what for what in CHECKLIST if what not in answered and not (what == PHOTO and has_photo))


def lacks_of(child: Child) -> tuple[str, ...]:
    """The same for one child, in one question."""
    return lacking(child, has_photo=Photo.objects.answering().filter(child=child).exists())


def _assessed(child: Child, row: RiskAssessment | None) -> Assessed | None:
    """The latest assessment, at the higher of its grade and the one in force: a lower one may wait for its second person."""
    if row is None:
        return None
    grade = max(Risk(row.grade), Risk(child.risk), key=risk_ends.ORDER.index)
    again_by = end_of(row.again_by) if row.again_by is not None else None
    return Assessed(row.assessed_at, grade.value, again_by)


def _unread(rows: Sequence[RiskAssessment]) -> Iterator[datetime]:
    """When those were recorded that came after the last that a manager has read."""
    for row in rows:
        if hasattr(row, "reading"):
            return
        yield row.recorded_at


def _sent_back_at(rows: Sequence[RiskAssessment]) -> datetime | None:
    """When the latest went back to be done again; one that has been done again is no longer the latest."""
    reading = getattr(rows[0], "reading", None) if rows else None
    return reading.read_at if reading is not None and not reading.signed else None


def _suspected_at(child: Child, read: Read) -> datetime | None:
    """Since when there are signs that no referral has followed; a reference that was taken out followed them till then."""
    since = read.nrm.suspected.get(child.pk)
    if since is None:
        return None
    return max(since, read.cleared.get(child.pk, since)) if not child.nrm_reference else since


def _moves(one: ChildFacts) -> Iterator[datetime]:
    """Every placement but the first is a move."""
    starts = sorted(placement.starts_at for placement in one.placements)
    yield from starts[1:]


def _stays(one: ChildFacts, read: Read) -> Iterator[Stay]:
    own = {one.authority_id, *one.predecessors}
    for placement in one.placements:
        yield Stay(
            placement.starts_at,
            placement.ends_at,
            hosted=bool(one.authority_id) and placement.host_authority_id not in own,
            notified=placement.host_notified is True,
            **approval_dues.of(read.approvals.get(placement.pk, ()), read.planned.begun.get(placement.pk)),
            room_by=read.rooms.get(placement.pk),
            until=end_of(placement.until_date) if placement.until_date else None,
            next_said_at=placement.comes_next_at,
            ends_said=visit_dues.ends_said(read.visits.get(one.child.pk), placement),
            hosted_since=_hosted_since(one, placement),
            planned=read.planned.begun.get(placement.pk),
            long_term=placement.is_long_term,
        )


def _hosted_since(one: ChildFacts, placement: Placement) -> datetime | None:
    """Since when another authority than before is responsible, in whose area this is not; None since it began.

    A merger, or a split, takes nobody away who was in another area before it: what is owed of that runs on.
    """
    since = one.responsible_since
    if placement.host_notified is not None:
        return one.handed_over_since
    return since if since is not None and since > one.child.registered_at else None


def _handed_over_at(one: ChildFacts, came: Iterable[tuple[int | None, datetime]]) -> datetime | None:
    """The first arrival here that nobody has read all of, whatever transfer has begun since."""
    own = {one.authority_id, *one.predecessors}
    return min((at for receiver_id, at in came if receiver_id in own), default=None)


def _worker_away(absence: Absence | None) -> dict[str, Any]:
    """Since when the child's worker is away, and when nobody covers for them."""
    if absence is None:
        return {"uncovered": None, "away_since": None}
    gap = absence.gap
    uncovered = (gap.starts_at, gap.ends_at) if gap is not None else None
    return {"uncovered": uncovered, "away_since": absence.looked_at}


def _supervised(one: ChildFacts, discussed_at: datetime | None) -> Supervised | None:
    """From when the child has had a social worker of this authority without a break, whoever it was; None without one.

    A merger is no break: team and worker go with the child.
    """
    since = None
    for row in reversed(one.allocations):
        if row.ends_at != since:
            break
        since = row.starts_at
    if since is None:
        return None
    since = max(since, one.handed_over_since or since)
    is_later = discussed_at is not None and discussed_at >= since
    return Supervised(discussed_at if is_later and discussed_at else since, is_later)
