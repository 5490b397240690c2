"""From whom a child is shut whatever their role: the keep-from marks, and the restrictions of a record."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value

from cases.models import (
    HOME_ROLES,
    Allocation,
    KeepFrom,
    ManagerCover,
    Membership,
    NamedPerson,
    Reach,
    Responsibility,
    Restriction,
    Role,
    Shift,
    User,
    WorkerLeave,
)
from cases.worded import worded

# Whoever may be on shift at a duty desk.
ON_DUTY = (Role.DUTY_DESK, Role.TEAM_MANAGER)
_WIDE = ~Q(reach=Reach.TEAM)


@dataclass(frozen=True)
class Shut:
    """The children from whom somebody is kept, and those whose restricted record is not open to them."""

    kept: frozenset[int]
    restricted: frozenset[int]

    @property
    def anyhow(self) -> frozenset[int]:
        return self.kept | self.restricted


def standing(user: User, at: datetime) -> tuple[frozenset[int], frozenset[int]]:
    """The children whom a mark keeps from `user`, and those whose record is restricted, to whomever; one query, of a person.

    Both are few: the queries of a page name them, and none carries these conditions along.
    """
    rows = list(_standing(user.pk, at) if user.pk is not None else _restricted(at))
    kept = frozenset(pk for pk, is_mark in rows if is_mark)
    if user.pk is not None and user.device_home_id is not None:
        kept |= _from_all_of(user.device_home_id, at)
    return kept, frozenset(pk for pk, is_mark in rows if not is_mark)


def _from_all_of(home_id: int, at: datetime) -> frozenset[int]:
    """The children who are kept from each who works in this home: its device is read by nobody else."""
    works = Membership.objects.current(at).filter(home=home_id, role__in=HOME_ROLES, user__device_home=None)
    staff = set(works.values_list("user", flat=True))
    marks: dict[int, set[int]] = {}
    for child_id, user_id in KeepFrom.objects.current(at).filter(user__in=staff).values_list("child", "user"):
        marks.setdefault(child_id, set()).add(user_id)
    return frozenset(child_id for child_id, kept in marks.items() if kept == staff)


@worded
def _standing(user_id: Any, at: Any) -> QuerySet[KeepFrom, Any]:
    marks = KeepFrom.objects.current(at).filter(user_id=user_id).annotate(is_mark=Value(value=True))
    records = Restriction.objects.current(at).annotate(is_mark=Value(value=False))
    return marks.values_list("child_id", "is_mark").union(
        records.values_list("child_id", "is_mark"), all=True
    )


@worded
def _restricted(at: Any) -> QuerySet[Restriction, Any]:
    records = Restriction.objects.current(at).annotate(is_mark=Value(value=False))
    return records.values_list("child_id", "is_mark")


def closed(
    user: User, memberships: Collection[Membership], records: Collection[int], at: datetime
) -> frozenset[int]:
    """Which of these restricted `records`, children by key, are not open to `user`: neither named nor of a last resort.

    Two places are of last resort, for a child whom nobody may look for is worse off than one of whom a stranger reads:
    whoever answers the duty desk of the responsible authority now, and its heads while nobody named decides about it.
    What these are is asked of the children of `user`'s own desks alone: it is a long question, and seldom asked.
    """
    shut = frozenset(records) - frozenset(_named(user.pk, records, at) if records else ())
    desks = {m.team.authority_id for m in memberships if m.role in ON_DUTY and m.team is not None}
    if not shut or not desks:
        return shut
    theirs = {child_id for child_id, authority_id in _latest(shut, at) if authority_id in desks}
    if not theirs:
        return shut
    led = {m.team_id: m.team.authority_id for m in memberships if m.role == Role.TEAM_MANAGER and m.team}
    answered = {m.team.authority_id for m in memberships if m.role == Role.DUTY_DESK and m.team is not None}
    wide, teams, of_teams = _wide(memberships), led.keys(), {*led.values()}
    return (shut - theirs) | frozenset(_still(theirs, user.pk, answered, wide, teams, of_teams, at))


@worded
def _still(  # noqa: PLR0917 - a question takes what it asks with in any way
    records: Any, user: Any, desks: Any, wide: Any, teams: Any, of_teams: Any, at: Any
) -> QuerySet[Restriction, int]:
    begun = Responsibility.objects.filter(child=OuterRef("child"), starts_at__lte=at)
    rows = (
        Restriction.objects.current(at)
        .filter(child__among=records)
        .alias(desk=Subquery(begun.order_by("-starts_at").values("authority")[:1]))
        .exclude(_answers(user, desks, _decides(wide, teams, of_teams, at), at))
        .exclude(_heads(user, wide, at))
    )
    return rows.values_list("child_id", flat=True)


@worded
def _named(user: Any, records: Any, at: Any) -> QuerySet[NamedPerson, int]:
    rows = Restriction.objects.current(at).filter(child__among=records)
    named = NamedPerson.objects.current(at).filter(user_id=user, restriction__in=rows)
    return named.values_list("restriction__child_id", flat=True)


@worded
def _latest(child_ids: Any, at: Any) -> QuerySet[Responsibility, Any]:
    begun = Responsibility.objects.filter(child__among=child_ids, starts_at__lte=at)
    return begun.order_by("child", "-starts_at").distinct("child").values_list("child_id", "authority_id")


def named_for(child_ids: Collection[int], at: datetime) -> dict[int, set[int]]:
    """Of those of these children whose record is restricted: to whom it is open by name."""
    rows = Restriction.objects.current(at).filter(child__in=list(child_ids))
    found: dict[int, set[int]] = {child_id: set() for child_id in rows.values_list("child", flat=True)}
    people = NamedPerson.objects.current(at).filter(restriction__in=rows)
    for child_id, user_id in people.values_list("restriction__child", "user"):
        found[child_id].add(user_id)
    return found


def _answers(user: Any, desks: Any, decides: Q, at: Any) -> Q:
    """Of a row of restrictions: whether `user` answers that desk now, by the rota, or as one of the desk when nobody is on it."""
    shifts = Shift.objects.current(at).filter(team__authority=OuterRef("desk"))
    named = shifts.filter(Q(person_id=user) | Q(second_id=user))
    works = Q(desk__among=desks) | decides
    return Q(works, Exists(named)) | Q(~Exists(_manned(shifts, at)), desk__among=desks)


def _manned(shifts: QuerySet[Shift], at: datetime) -> QuerySet[Shift]:
    """Those whose person could act: in post, with duty's rights for this child, and not kept from it.

    A manager of another team holds a shift as well, and opens no record of a child who is not their team's.
    """
    teams = Allocation.objects.current(at).filter(child=OuterRef(OuterRef(OuterRef("child"))))
    able = Q(role=Role.DUTY_DESK) | Q(role=Role.TEAM_MANAGER) & (_WIDE | Q(team__in=teams.values("team")))
    in_post = Membership.objects.current(at).filter(
        able, user=OuterRef("person"), team__authority=OuterRef("team__authority")
    )
    kept = KeepFrom.objects.current(at).filter(user=OuterRef("person"), child=OuterRef(OuterRef("child")))
    return shifts.filter(Exists(in_post)).exclude(Exists(kept))


def _decides(wide: Any, teams: Any, of_teams: Any, at: Any) -> Q:
    """Of a row of restrictions: whether these roles decide about the child, as its team's manager or with a wide reach."""
    with_them = Allocation.objects.current(at).filter(child=OuterRef("child"), team__among=teams)
    return Q(desk__among=wide) | Q(Exists(with_them), desk__among=of_teams)


def _heads(user: Any, wide: Any, at: Any) -> Q:
    """Of a row of restrictions: whether a head or director reads it, because nobody named decides about it any more.

    A manager who has left decides no more, nor does one whose team the child has left, or from whom it is kept; one who
    is away does not meanwhile, and whoever covers does. To whoever recorded that leave it opens nothing.
    """
    teams = Allocation.objects.current(at).filter(child=OuterRef(OuterRef(OuterRef("child"))))
    managers = Membership.objects.current(at).filter(
        _WIDE | Q(team__in=teams.values("team")),
        role=Role.TEAM_MANAGER,
        team__authority=OuterRef(OuterRef("desk")),
        user=OuterRef("user"),
    )
    away = WorkerLeave.objects.current(at).filter(worker=OuterRef("user")).exclude(recorded_by=user)
    covers = ManagerCover.objects.holding(at).filter(
        ~Q(membership__reach=Reach.TEAM) | Q(membership__team__in=teams.values("team")),
        membership__team__authority=OuterRef(OuterRef("desk")),
        covered_by=OuterRef("user"),
    )
    decides = (Exists(managers) & ~Exists(away)) | Exists(covers)
    kept = KeepFrom.objects.current(at).filter(user=OuterRef("user"), child=OuterRef(OuterRef("child")))
    named = NamedPerson.objects.current(at).filter(decides, restriction=OuterRef("pk"))
    return Q(~Exists(named.exclude(Exists(kept))), desk__among=wide)


def _wide(memberships: Collection[Membership]) -> set[int]:
    """The authorities of which these roles lead more than a team."""
    return {
        m.team.authority_id
        for m in memberships
        if m.role == Role.TEAM_MANAGER and m.reach != Reach.TEAM and m.team is not None
    }
