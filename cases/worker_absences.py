"""The one home of reading whether a social worker or a manager is there, who covers, and from when on nobody does."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from cases import turns
from cases.models import (
    Allocation,
    KeepFrom,
    ManagerCover,
    Membership,
    NamedPerson,
    Restriction,
    Role,
    User,
    WorkerCover,
    WorkerLeave,
)
from cases.turns import Gap, Watch, earliest
from cases.worded import worded

Period = tuple[datetime, datetime | None]
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Absence:
    """The leave of one child's social worker that holds, of two the longer, or comes next, and how long who covers."""

    allocation: Allocation
    leave: WorkerLeave
    turns: tuple[tuple[WorkerCover, Watch], ...] = ()
    # From when nobody has the child's work, in this leave or in one after it.
    gap: Gap | None = None
    # Since when nobody has asked whether the worker comes back, of sickness without an end.
    looked_at: datetime | None = None

    def is_away(self, at: datetime) -> bool:
        return self.leave.starts_at <= at

    def cover(self, at: datetime) -> WorkerCover | None:
        """By what a colleague has the child's work at `at`."""
        return next((cover for cover, watch in self.turns if watch.holds(at)), None)


def of(child_ids: Collection[int], at: datetime) -> Mapping[int, Absence]:
    """Those of these children whose social worker is away at `at` or will be; of most there is nothing, in one query.

    A colleague who is kept from the child, is not named on its restricted record, is away too or has no role for it
    covers nothing.
    """
    held = _of_those_away(set(child_ids), at)
    return _read(held, WorkerLeave.objects.standing(at), at) if held else {}


@worded
def _of_those_away(child_ids: Any, at: Any) -> QuerySet[Allocation]:
    leaves = WorkerLeave.objects.standing(at)
    rows = Allocation.objects.current(at).filter(
        Exists(leaves.filter(worker=OuterRef("worker"))), child__among=child_ids
    )
    return rows.select_related("worker", "team")


def _read(held: Sequence[Allocation], leaves: Iterable[WorkerLeave], at: datetime) -> dict[int, Absence]:
    # One that is over too: from its end on, and not from the leave's first day, nobody covers.
    covers = WorkerCover.objects.accepted().filter(allocation__in=[row.pk for row in held])
    # Whoever said yes to one leave said so of no other: of one that was called off nobody covers.
    accepted = list(covers.filter(leave__called_off_at=None).select_related("covered_by", "leave"))
    people = {cover.covered_by_id for cover in accepted}
    away: dict[int, list[WorkerLeave]] = defaultdict(list)
    workers = {row.worker_id for row in held}
    for leave in WorkerLeave.objects.standing(at).filter(worker__in=people | workers):
        away[leave.worker_id].append(leave)
    reached = _Reached.read(accepted, away, at) if accepted else None
    found: dict[int, Absence] = {}
    for row in held:
        own = [cover for cover in accepted if cover.allocation_id == row.pk]
        there = tuple(
            (cover, part) for cover in own for part in (reached.parts(cover, row) if reached else ())
        )
        theirs = away[row.worker_id or 0]
        gap, looked_at = _gap(row, theirs, there, at), _looked_at(row, theirs)
        found[row.child_id] = Absence(row, _holding(theirs, at), there, gap, looked_at)
    return found


def _gap(
    row: Allocation,
    leaves: Sequence[WorkerLeave],
    there: Iterable[tuple[WorkerCover, Watch]],
    at: datetime,
) -> Gap | None:
    """The first time, not over at `at`, in which the worker is away and nobody covers."""
    watches = [watch for _cover, watch in there]
    for starts_at, ends_at in _spans(leaves):
        hole = turns.gap(max(starts_at, row.starts_at), watches, at)
        if hole is not None and (ends_at is None or hole.starts_at < ends_at):
            return Gap(hole.starts_at, earliest(hole.ends_at, ends_at))
    return None


def _spans(leaves: Sequence[WorkerLeave]) -> Iterable[Period]:
    """The times in which somebody is away, in their order: sickness beside leave, or up to it, is one."""
    starts_at, ends_at = leaves[0].starts_at, leaves[0].ends_at
    for leave in leaves[1:]:
        if ends_at is not None and leave.starts_at > ends_at:
            yield starts_at, ends_at
            starts_at, ends_at = leave.starts_at, leave.ends_at
        elif ends_at is not None:
            ends_at = None if leave.ends_at is None else max(ends_at, leave.ends_at)
    yield starts_at, ends_at


def _holding(leaves: Sequence[WorkerLeave], at: datetime) -> WorkerLeave:
    """What holds at `at`, of sickness beside leave that which lasts longer; else what comes next."""
    held = [leave for leave in leaves if leave.starts_at <= at]
    return max(held, key=lambda one: one.ends_at or _NEVER) if held else leaves[0]


def _looked_at(row: Allocation, leaves: Iterable[WorkerLeave]) -> datetime | None:
    """Of sickness without an end, be there leave beside it; of a child that they got meanwhile not before that."""
    endless = next((leave for leave in leaves if leave.ends_at is None), None)
    if endless is None:
        return None
    return max(endless.starts_at, endless.looked_at or endless.starts_at, row.starts_at)


@dataclass(frozen=True)
class _Reached:
    """What takes those who cover out of reach, read together: of a person, and of a person with a child."""

    roles: Mapping[tuple[int, int], Sequence[Membership]]
    away: Mapping[int, Sequence[WorkerLeave]]
    shut: Mapping[tuple[int, int], Sequence[Period]]

    @classmethod
    def read(
        cls, covers: Sequence[WorkerCover], away: Mapping[int, Sequence[WorkerLeave]], at: datetime
    ) -> "_Reached":
        people, ids = {one.covered_by_id for one in covers}, {one.child_id for one in covers}
        roles: dict[tuple[int, int], list[Membership]] = defaultdict(list)
        held = Membership.objects.filter(user__in=people, role=Role.SOCIAL_WORKER, user__is_active=True)
        for role in held.select_related("team").order_by("starts_at"):
            if role.team is not None:
                roles[role.user_id, role.team.authority_id].append(role)
        shut: dict[tuple[int, int], list[Period]] = defaultdict(list)
        for mark in KeepFrom.objects.current(at).filter(child__in=ids, user__in=people):
            shut[mark.child_id, mark.user_id].append((mark.starts_at, mark.ends_at))
        restricted = list(Restriction.objects.current(at).filter(child__in=ids))
        rows = NamedPerson.objects.filter(restriction__in=restricted, user__in=people)
        named = list(rows.order_by("starts_at")) if restricted else []
        for one in restricted:
            for person_id in people:
                open_to = [row for row in named if (row.restriction_id, row.user_id) == (one.pk, person_id)]
                shut[one.child_id, person_id] += _unnamed(one.starts_at, open_to)
        return cls(roles, away, shut)

    def parts(self, cover: WorkerCover, row: Allocation) -> Iterable[Watch]:
        """For how long this colleague has the child's work, and for the rest of the cover as `away`."""
        person_id = cover.covered_by_id
        away: list[Period] = [(one.starts_at, one.ends_at) for one in self.away.get(person_id, ())]
        away += self.shut.get((cover.child_id, person_id), ())
        for role in self.roles.get((person_id, row.team.authority_id), ()):
            starts_at = max(cover.starts_at, role.starts_at)
            ends_at = earliest(cover.ends_at, cover.leave.ends_at, role.ends_at)
            if ends_at is None or starts_at < ends_at:
                yield from turns.without(Watch(starts_at, ends_at), away)


def _unnamed(since: datetime, named: Sequence[NamedPerson]) -> Iterable[Period]:
    """The times from `since` on in which a restricted record is not open to somebody by name."""
    for row in named:
        if row.starts_at > since:
            yield since, row.starts_at
        if row.ends_at is None:
            return
        since = max(since, row.ends_at)
    yield since, None


def workers_away(people: Collection[User], at: datetime) -> Mapping[int, WorkerLeave]:
    """The leave that holds, of two the longer, or comes next, of each of these people who has any."""
    found: dict[int, list[WorkerLeave]] = defaultdict(list)
    for leave in WorkerLeave.objects.standing(at).filter(worker__in=people):
        found[leave.worker_id].append(leave)
    return {pk: _holding(leaves, at) for pk, leaves in found.items()}


def in_post(posts: Collection[Membership], at: datetime) -> Mapping[int, User | None]:
    """Of those of these posts whose holder is away at `at`: who stands there, or None for nobody, by post.

    Whoever is away too, or is no manager of the authority any more, covers nothing.
    """
    holders = {one.user_id for one in posts}
    gone = set(_gone(holders, at)) if holders else ()
    found: dict[int, User | None] = {one.pk: None for one in posts if one.user_id in gone}
    if found:
        leaves = WorkerLeave.objects.current(at).filter(worker__in=holders)
        holding = ManagerCover.objects.holding(at).filter(membership__in=found).select_related("covered_by")
        found |= {cover.membership_id: cover.covered_by for cover in holding.filter(leave__in=leaves)}
    return found


@worded
def _gone(people: Any, at: Any) -> QuerySet[WorkerLeave, int]:
    return WorkerLeave.objects.current(at).filter(worker__among=people).values_list("worker", flat=True)
