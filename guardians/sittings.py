"""Which children wait to be discussed in the supervision of their guardian, since when, and who reads what was said."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Max, QuerySet

from cases import access, supervising
from cases.access import Permission
from cases.deadlines import add_days
from cases.models import Child, User
from guardians.models import GuardianAssignment, GuardianCover, GuardianDiscussion

# Who falls due within a week is talked about in the next one.
SOON = timedelta(days=7)
# After every day by which a child is to be discussed.
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Wait:
    """One child in one service: by when it is to be discussed with whoever watches over it, and when it was last.

    A child who has died is discussed by no day: nobody is asked for it, and it may be written down all the same.
    """

    assignment: GuardianAssignment
    person: User
    last_at: datetime | None
    due_at: datetime | None
    now: datetime

    @property
    def child(self) -> Child:
        return self.assignment.child

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.due_at <= self.now

    @property
    def is_soon(self) -> bool:
        return self.due_at is not None and self.due_at <= self.now + SOON


def of(assignments: Collection[GuardianAssignment], *, now: datetime) -> list[Wait]:
    """By when each of these standing assignments' children is to be discussed, who waits longest first, the dead last.

    It counts from the last time, or from when the service has watched over the child without a break: another guardian
    puts nothing off. While somebody covers, the child is discussed with them. A search rests none of it: the council's
    reviews of the search are not the guardian's.
    """
    ids = {row.child_id for row in assignments}
    since, last, covers = _since(ids), _last(ids), _covering(assignments, now)
    living = set(Child.objects.living().filter(pk__in=ids).values_list("pk", flat=True))
    found = []
    for row in assignments:
        key = row.child_id, row.service_id
        begun = since.get(key, row.starts_at)
        at = last.get(key)
        last_at = at if at is not None and at >= begun else None
        asked = row.service.discussed_from
        base = max(last_at or begun, asked or begun)
        days = settings.GUARDIAN_SUPERVISION_DAYS
        due_at = add_days(base, days) if row.child_id in living else None
        found.append(Wait(row, covers.get(row.pk, row.guardian), last_at, due_at, now))
    return sorted(found, key=lambda wait: (wait.due_at or LAST, wait.assignment.pk))


def standing(at: datetime) -> QuerySet[GuardianAssignment]:
    """Every assignment whose child is to be discussed: it stands, its guardian is in the service, the case is open."""
    rows = GuardianAssignment.objects.current(at).in_role(at)
    rows = rows.filter(child__closed_at=None, child__is_drill=False)
    return rows.select_related("child", "guardian", "service").order_by("pk")


def queue(user: User, *, now: datetime) -> list[Wait]:
    """Those of the services that `user` leads, as far as they see the children; none whom they watch over themselves."""
    led = supervising.supervised_by(user, at=now)
    seen = access.children(user, Permission.SEE_STATUS, at=now)
    rows = standing(now).filter(service__in=led, child__in=seen.values("pk"))
    return [wait for wait in of(list(rows), now=now) if wait.person != user]


def permission_for(user: User, child: QuerySet[Child], *, at: datetime) -> Permission:
    """By what `user` opens the page of what was said of a child: as its guardian, else as who leads a service."""
    own = access.children(user, Permission.WRITE_OWN_NOTE, at=at)
    if own.filter(pk__in=child.values("pk")).exists() or not supervising.supervised_by(user, at=at):
        return Permission.WRITE_OWN_NOTE
    return Permission.SEE_STATUS


def readable(user: User, child: Child, *, at: datetime) -> list[GuardianDiscussion]:
    """What was said of the child, latest first: to its guardian of what was said with them, and to who leads the service."""
    rights = access.permissions_for(user, child, at=at)
    led = supervising.supervised_by(user, at=at) if Permission.SEE_STATUS in rights else set()
    own = Permission.WRITE_OWN_NOTE in rights
    rows = GuardianDiscussion.objects.filter(child=child).select_related(
        "supervision__guardian", "supervision__held_by", "supervision__service", "withdrawal__recorded_by"
    )
    return [
        row
        for row in rows
        if row.supervision.service_id in led or (own and row.supervision.guardian_id == user.pk)
    ]


def _since(child_ids: Collection[int]) -> Mapping[tuple[int, int], datetime]:
    """By child and service: from when somebody of it has watched over the child without a break."""
    spans: dict[tuple[int, int], list[GuardianAssignment]] = defaultdict(list)
    for row in GuardianAssignment.objects.filter(child__in=child_ids).order_by("starts_at"):
        spans[row.child_id, row.service_id].append(row)
    return {key: _unbroken(rows) for key, rows in spans.items()}


def _unbroken(rows: Iterable[GuardianAssignment]) -> datetime:
    """When the last stretch of these began, which come in the order of their starts."""
    first, *later = rows
    begun, until = first.starts_at, first.ends_at
    for row in later:
        if until is not None and row.starts_at > until:
            begun, until = row.starts_at, row.ends_at
        elif until is not None:
            until = None if row.ends_at is None else max(until, row.ends_at)
    return begun


def _last(child_ids: Collection[int]) -> Mapping[tuple[int, int], datetime]:
    rows = GuardianDiscussion.objects.standing().filter(child__in=child_ids).order_by()
    found = rows.values_list("child", "supervision__service").annotate(last=Max("supervision__held_at"))
    return {(child_id, service_id): last for child_id, service_id, last in found}


def _covering(assignments: Collection[GuardianAssignment], now: datetime) -> Mapping[int, User]:
    """By assignment whoever covers for its guardian now."""
    rows = GuardianCover.objects.current(now).in_role(now).filter(assignment__in=[a.pk for a in assignments])
    return {row.assignment_id: row.covered_by for row in rows.select_related("covered_by")}
