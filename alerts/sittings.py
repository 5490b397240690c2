"""Who is due in supervision: each social worker of a manager with the children that wait to be discussed."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery

from alerts import workloads
from alerts.models import Clock
from alerts.paperwork import Paper
from alerts.profiles import name_of
from cases import access
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import Allocation, Child, Discussion, Supervision, User, WorkerCover, worked_by

# So many of each worker stand in the queue; the worker's own page has all.
FIRST = 5
# Who falls due within a week is talked about in the next one.
SOON = timedelta(days=7)


@dataclass(frozen=True)
class Wait:
    """One child: by when it is to be discussed, where anything is owed, and when it was last."""

    child: Child
    due_at: datetime | None
    last_at: datetime | None
    now: datetime

    @property
    def name(self) -> str:
        return name_of(self.child)

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.due_at <= self.now

    @property
    def is_soon(self) -> bool:
        return self.due_at is not None and self.due_at <= self.now + SOON


@dataclass(frozen=True)
class Row:
    """One social worker: the last supervision and the day of the next, and their children, who waits longest first."""

    worker: User
    last_at: datetime | None
    next_date: date | None
    waits: Sequence[Wait]
    now: datetime

    @property
    def soon(self) -> list[Wait]:
        return [wait for wait in self.waits if wait.is_soon]

    @property
    def first(self) -> list[Wait]:
        return self.soon[:FIRST]

    @property
    def late(self) -> list[Wait]:
        return [wait for wait in self.waits if wait.is_late]

    @property
    def is_past(self) -> bool:
        """Whether the day that was named for the next has gone by."""
        return self.next_date is not None and self.next_date < london_day(self.now)


def queue(user: User, *, now: datetime) -> list[Row]:
    """The social workers of the teams that `user` manages, overdue first, in a fixed number of queries; not `user`.

    With each stand the children who wait within a week or are late, and no others.
    """
    people = _people(user, now)
    soon = _clocks().filter(due_at__lte=now + SOON).values("child")
    seen = access.children(user, Permission.SEE_RECORD, at=now).open(now).filter(pk__in=soon)
    rows = _rows(people, _waits(seen, people, now), now)
    return sorted(rows, key=lambda row: (*_urgency(row), row.worker.name, row.worker.pk))


def of_worker(user: User, worker_id: int, *, now: datetime) -> Row | None:
    """One of them with all their children, who waits longest first; None for anybody else."""
    people = {pk: person for pk, person in _people(user, now).items() if pk == worker_id}
    seen = access.children(user, Permission.SEE_RECORD, at=now).open(now)
    waits = _waits(seen.filter(pk__in=worked_by(worker_id, now)), people, now) if people else {}
    return next(iter(_rows(people, waits, now)), None)


def late_count(user: User, *, now: datetime) -> int:
    """How many of the children whose work `user` may give away wait past their day to be discussed; not of their own work."""
    own = worked_by(user.pk, now)
    managed = access.children(user, Permission.ALLOCATE, at=now).open(now).exclude(pk__in=own)
    return _clocks().filter(child__in=managed.values("pk"), due_at__lte=now).count()


def _people(user: User, now: datetime) -> dict[int, User]:
    held = workloads.workers(user, now=now)
    return {one.user_id: one.user for one in held if one.user_id != user.pk}


def _rows(people: Mapping[int, User], waits: Mapping[int, Sequence[Wait]], now: datetime) -> list[Row]:
    held = Supervision.objects.standing().filter(worker__in=people).order_by("worker", "-held_at", "-pk")
    last = {one.worker_id: one for one in held.distinct("worker").defer("own")}
    return [
        Row(
            person,
            last[pk].held_at if pk in last else None,
            last[pk].next_date if pk in last else None,
            waits.get(pk, ()),
            now,
        )
        for pk, person in people.items()
    ]


def _clocks() -> QuerySet[Clock]:
    return Clock.objects.filter(kind=Clock.Kind.PAPERWORK, duty=Paper.SUPERVISION)


def _waits(found: QuerySet[Child], people: Collection[int], now: datetime) -> dict[int, list[Wait]]:
    """These children by who has their work, be it by cover, who waits longest first."""
    due = _clocks().filter(child=OuterRef("pk"))
    children = {child.pk: child for child in found.annotate(discuss_by=Subquery(due.values("due_at")[:1]))}
    talks = Discussion.objects.standing().filter(child__in=children).order_by().values("child")
    last = {row["child"]: row["last"] for row in talks.annotate(last=Max("supervision__held_at"))}
    has: set[tuple[int, int]] = set()
    allocated = Allocation.objects.current(now).filter(worker__in=people, child__in=children)
    covered = WorkerCover.objects.holding(now).filter(covered_by__in=people, child__in=children)
    has.update(allocated.values_list("worker", "child"), covered.values_list("covered_by", "child"))
    waits: dict[int, list[Wait]] = defaultdict(list)
    for worker_id, child_id in has:
        child: Any = children[child_id]
        waits[worker_id].append(Wait(child, child.discuss_by, last.get(child_id), now))
    for own in waits.values():
        own.sort(key=lambda wait: (wait.due_at is None, wait.due_at or now, wait.child.pk))
    return waits


def _urgency(row: Row) -> tuple[bool, datetime]:
    due = next((wait.due_at for wait in row.waits if wait.due_at is not None), None)
    return due is None, due or row.now
