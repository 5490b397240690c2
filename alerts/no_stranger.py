"""The questions of the promise that no stranger reaches a child: grants, restricted records, and mails of one reader."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from alerts.models import Message
from alerts.states import MessageStatus
from cases import care, grants, mark_ends
from cases.access import Permission
from cases.deadlines import london_day
from cases.groups import force_group, home_group, host_group, person_group
from cases.models import (
    AccessRecord,
    Allocation,
    Authority,
    Child,
    ChildGroupPermission,
    KeepFrom,
    ManagerCover,
    Membership,
    NamedPerson,
    Placement,
    Reach,
    Responsibility,
    Restriction,
    Role,
    Shift,
    WorkerLeave,
)
from cases.relations import FORCE_READS_AFTER
from cases.worded import worded
from guardians.models import GuardianAssignment, GuardianCover

# A task takes a force's grant every ten minutes; one that is late for a day is not running.
TASK_LATE = timedelta(days=1)
# The sweep looks each half second.
MARK_LATE = timedelta(minutes=1)


def grants_adrift(now: datetime) -> Iterator[str]:
    """Every grant recomputed from its facts: none missing, none left behind.

    That of a force may stand for a day longer, until the task has been there.
    """
    wanted, successors = set(), _successors(now)
    for child_id, home_id, host_id in Placement.objects.current(now).values_list(
        "child", "home", "host_authority"
    ):
        if home_id is not None:
            wanted.add((child_id, grants.LOOK_AFTER, home_group(home_id)))
        wanted |= {(child_id, grants.HOST, host_group(pk)) for pk in (host_id, *successors.get(host_id, ()))}
    for child_id, user_id in GuardianAssignment.objects.current(now).values_list("child", "guardian"):
        wanted.add((child_id, grants.WATCH_OVER, person_group(user_id)))
    wanted |= _covering(now)
    known = ChildGroupPermission.objects.exclude(permission__codename=grants.SEARCH_FOR)
    standing = set(known.values_list("content_object", "permission__codename", "group__name"))
    # Of cover that has ended by its date the task takes it, within a day.
    standing -= _covering(now - TASK_LATE) - wanted
    wanted |= _searching(now, FORCE_READS_AFTER) - (searching := _of_forces())
    standing |= searching - _searching(now, FORCE_READS_AFTER + TASK_LATE)
    names = dict(
        Child.objects.filter(pk__in={row[0] for row in wanted ^ standing}).values_list("pk", "reference")
    )
    return (
        f"{names[child_id]} {codename} {group}" for child_id, codename, group in sorted(wanted ^ standing)
    )


def _successors(at: datetime) -> Mapping[int, Collection[int]]:
    """By authority that is no more: those that have taken its place, whose desks its area is."""
    found: dict[int, set[int]] = defaultdict(set)
    gone = Authority.successors.through.objects.filter(from_authority__valid_to__lte=london_day(at))
    for authority_id, successor_id in gone.values_list("from_authority", "to_authority"):
        found[authority_id].add(successor_id)
    return found


def _covering(at: datetime) -> set[tuple[int, str, str]]:
    """Of cover that was accepted and is not over: its grant is there before it begins, and opens nothing until then."""
    rows = GuardianCover.objects.accepted().filter(ends_at__gt=at).values_list("child", "covered_by")
    return {(child_id, grants.WATCH_OVER, person_group(user_id)) for child_id, user_id in rows}


def _searching(now: datetime, after: timedelta) -> set[tuple[int, str, str]]:
    rows = grants.of_searches(at=now, after=after).values_list("episode__child", "force")
    return {(child_id, grants.SEARCH_FOR, force_group(force_id)) for child_id, force_id in rows}


def _of_forces() -> set[tuple[int, str, str]]:
    rows = ChildGroupPermission.objects.filter(permission__codename=grants.SEARCH_FOR)
    return set(rows.values_list("content_object", "permission__codename", "group__name"))


def restricted_and_read(now: datetime) -> Iterator[str]:
    """Reads of restricted records, asked of the rows alone: by whoever was not named then, nor in a place of last resort.

    All is asked as of then and of the authority that was responsible: a shift there, its desk while nobody on shift
    could act, a head while nobody named decided. A head told of a restriction reads the restriction alone.
    """
    return (f"{row.child.reference} read {row.pk}" for row in _restricted_and_read() if row.child)


@worded
def _restricted_and_read() -> QuerySet[AccessRecord]:
    restricted = Restriction.objects.filter(_then(1), child=OuterRef("child"), starts_at__lt=OuterRef("at"))
    named = NamedPerson.objects.filter(_then(1), restriction__child=OuterRef("child"))
    children = Restriction.objects.values("child")
    rows = AccessRecord.objects.filter(Exists(restricted), child__in=children, allowed=True)
    rows = rows.exclude(Exists(named.filter(user=OuterRef("user")))).exclude(user=None)
    responsible = Responsibility.objects.filter(child=OuterRef("child"), starts_at__lte=OuterRef("at"))
    rows = rows.alias(desk=Subquery(responsible.order_by("-starts_at").values("authority")[:1]))
    shifts = Shift.objects.filter(_then(1), team__authority=OuterRef("desk"))
    own = shifts.filter(Q(person=OuterRef("user")) | Q(second=OuterRef("user")))
    rows = rows.exclude(Q(Exists(own)) & _acting("user", 1, duty=True))
    held = Membership.objects.filter(_then(1), user=OuterRef("user"), team__authority=OuterRef("desk"))
    manned = Exists(shifts.filter(_acting("person", 2, duty=True)))
    rows = rows.exclude(Q(Exists(held.filter(role=Role.DUTY_DESK))) & ~Q(manned))
    away = WorkerLeave.objects.filter(_then(2), called_off_at=None, worker=OuterRef("user"))
    away = away.exclude(recorded_by=_of_read("user", 2))
    decided = Exists(named.filter(_acting("user", 2, duty=False), ~Exists(away)))
    told = Q(permission=Permission.KEEP_FROM, page__startswith="restriction")
    covers = ManagerCover.objects.accepted().filter(
        _then(1),
        Q(leave__ends_at=None) | Q(leave__ends_at__gt=OuterRef("at")),
        membership__team__authority=OuterRef("desk"),
        covered_by=OuterRef("user"),
    )
    own_heads = Exists(held.filter(role=Role.TEAM_MANAGER).exclude(reach=Reach.TEAM))
    heads = Q(own_heads) | Q(Exists(covers.exclude(membership__reach=Reach.TEAM)))
    rows = rows.exclude(heads & (~Q(decided) | told))
    return rows.select_related("child")


def read_after_the_role(now: datetime) -> Iterator[str]:
    """Reads by a guardian who was none, at that instant, of the service whose assignment or cover is their relation.

    Asked of the rows alone, of those whose role in some service has ended. Whoever had a role of another kind then, or
    supervised, may have read by that.
    """
    return (f"{row.child.reference} read {row.pk}" for row in _read_after_the_role(now) if row.child)


@worded
def _read_after_the_role(now: Any) -> QuerySet[AccessRecord]:
    roles = Membership.objects.filter(_then(1), user=OuterRef("user"))
    other = roles.exclude(role=Role.GUARDIAN, reach=Reach.TEAM)
    went = Membership.objects.filter(role=Role.GUARDIAN, ends_at__lte=now).values("user")
    rows = AccessRecord.objects.filter(user__in=went, child__isnull=False, allowed=True).exclude(
        Exists(other)
    )
    here = Membership.objects.filter(_then(2), role=Role.GUARDIAN, user=_of_read("user", 2))
    own = GuardianAssignment.objects.filter(
        _then(1),
        Exists(here.filter(service=OuterRef("service"))),
        child=OuterRef("child"),
        guardian=OuterRef("user"),
    )
    covered = GuardianCover.objects.accepted().filter(
        _then(1),
        Exists(here.filter(service=OuterRef("assignment__service"))),
        child=OuterRef("child"),
        covered_by=OuterRef("user"),
    )
    return rows.exclude(Exists(own)).exclude(Exists(covered)).select_related("child")


def _of_read(name: str, depth: int) -> OuterRef:
    """A field of the read, from a question so many questions inside it."""
    found: Any = name
    for _ in range(depth):
        found = OuterRef(found)
    return cast(OuterRef, found)


def _then(depth: int) -> Q:
    at = _of_read("at", depth)
    return Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))


def _acting(who: str, depth: int, *, duty: bool) -> Q:
    """Whether `who` of the row around could act for the child then: as its manager, or with `duty` at the desk."""
    teams = Allocation.objects.filter(_then(depth + 1), child=_of_read("child", depth + 1)).values("team")
    able = Q(role=Role.TEAM_MANAGER) & (~Q(reach=Reach.TEAM) | Q(team__in=teams))
    if duty:
        able |= Q(role=Role.DUTY_DESK)
    held = Membership.objects.filter(
        able, _then(depth), user=OuterRef(who), team__authority=_of_read("desk", depth)
    )
    kept = KeepFrom.objects.filter(_then(depth), user=OuterRef(who), child=_of_read("child", depth))
    return Q(Exists(held)) & ~Q(Exists(kept))


def names_without_restriction(now: datetime) -> Iterator[str]:
    """Whoever was named before the record was restricted, or at first and yet later than that."""
    early = Q(starts_at__lt=F("restriction__starts_at"))
    late = Q(at_first=True) & ~Q(starts_at=F("restriction__starts_at"))
    rows = NamedPerson.objects.filter(early | late).select_related("restriction__child")
    return (f"{row.restriction.child.reference} named person {row.pk}" for row in rows)


def mails_of_several_readers(now: datetime) -> Iterator[str]:
    """What one person was told stands in no mail to another."""
    rows = Message.objects.filter(bundle__isnull=False, status=MessageStatus.SENT).order_by().values("bundle")
    several = rows.annotate(readers=Count("recipient", distinct=True)).filter(readers__gt=1)
    return (str(pk) for pk in several.values_list("bundle", flat=True))


def not_back(now: datetime) -> Iterator[str]:
    """Marks that were lifted until a day: each counts again by a row of its own, soon after."""
    since = now - MARK_LATE
    for over in (
        mark_ends.restrictions_over(since),
        mark_ends.keep_from_over(since),
        mark_ends.concerns_over(since),
        care.over(since),
    ):
        yield from over.order_by("child").values_list("child__reference", flat=True)
