"""How one of a role is related to a child, and for how long: each relation by its fact, with the grant beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from cases.grants import ADDRESS_ALLOWED, HOST, LOOK_AFTER, SEARCH_FOR, SUPERVISED, WATCH_OVER, permission_id
from cases.in_charge import responsible, reviewed_by
from cases.models import (
    Allocation,
    Authority,
    Child,
    ChildGroupPermission,
    Membership,
    MissingEpisode,
    OfficerConfirmation,
    Placement,
    Reach,
    Responsibility,
    Role,
    Team,
    User,
    WorkerCover,
)
from cases.models.episodes import EpisodeQuerySet
from cases.models.periods import overlaps
from cases.models.placements import PlacementQuerySet
from cases.permissions import MATRIX, Relation
from cases.worded import Question, Within, worded

_REACHED = """
    SELECT c.id FROM cases_child c WHERE {keys}
"""
# A force may read an episode for thirty days after it ended.
FORCE_READS_AFTER = timedelta(days=30)
OF_ROLE: dict[str, list[Relation]] = {
    role: sorted({relation for wanted in MATRIX.values() for other, relation in wanted if other == role})
    for role in Role
}


@dataclass(frozen=True)
class Period:
    """The fact behind a grant of an app above: when it holds, and whether it held for a role at any time of an episode."""

    holds: Callable[[User, datetime], Q]
    held_during: Callable[[Membership, MissingEpisode], bool]
    # Its rows, each with a `child` and, once it is over, `ends_at`.
    rows: Callable[[], Sequence[QuerySet[Any]]] = tuple


_PERIODS: dict[str, Period] = {}
NOBODY = Q(pk__in=())


_GRANTED = Question(
    lambda groups, permission: ChildGroupPermission.objects.filter(
        group__among=groups, permission_id=permission
    ).values("content_object")
)
_COVERED = Question(lambda user, at: WorkerCover.objects.holding(at).filter(covered_by=user).values("child"))
_OF_TEAM = Question(lambda team, at: Allocation.objects.current(at).filter(team=team).values("child"))
_GIVEN = Question(
    lambda user, team, at: Allocation.objects.current(at).filter(team=team, worker=user).values("child")
)
_LIVES = Question(lambda home, at: _placed(at).filter(home=home).values("child"))


def _placed(at: Any) -> PlacementQuerySet:
    """Placements that hold at `at`; a closed case keeps its last one on record, and whoever is there has it no more."""
    return Placement.objects.current(at).filter(child__closed_at=None)


@worded
def _told_of(force: Any, role: Any, at: Any) -> QuerySet[MissingEpisode, Any]:
    return told_to(force, at).filter(confirmed_for(force, role, at, child="child")).values("child")


def told_to(force: Any, at: Any) -> EpisodeQuerySet:
    """The episodes that a force may read now: those of which it was told, while they are open and for thirty days."""
    # Before the police are owed word an episode is the council's own doubt, and no business of a force.
    told = MissingEpisode.objects.told(force, left_after=at - FORCE_READS_AFTER)
    recent = Q(ended_at=None) | Q(ended_at__gt=at - FORCE_READS_AFTER)
    return told.filter(recent, police_owed_at__lte=at)


def confirmed_for(force: Any, role: Any, at: Any, *, child: str) -> Q:
    """Of rows that name a child in the column `child`: whether the council of that child has confirmed this officer.

    Where that is none of the force's councils: whether any has but the one that made them. Whatever is listed for an
    officer goes by this, or one council's administrator makes a reader of the others' children.
    """
    confirmed = OfficerConfirmation.objects.filter(membership=role)
    rows = Responsibility.objects.filter(child=OuterRef(OuterRef(child)), starts_at__lte=at)
    council = Subquery(rows.order_by("-starts_at").values("authority")[:1])
    said = Exists(confirmed.filter(authority=council))
    of_force = Exists(Authority.objects.filter(pk=council, force=force))
    # Of a force that has ended, or serves no council's area, nobody is left to ask.
    has_councils = Exists(Authority.objects.filter(force=force))
    return Q(said) | (~Q(of_force) & (Q(Exists(confirmed.filter(second=True))) | ~Q(has_councils)))


def check_period(codename: str, period: Period) -> None:
    """Let an app above say when its grant's fact holds, so that a grant left behind opens nothing."""
    _PERIODS[codename] = period


def watched_over() -> Sequence[QuerySet[Any]]:
    """The rows by which somebody watches over a child, or did."""
    period = _PERIODS.get(WATCH_OVER)
    return period.rows() if period else ()


def reached(user: User, membership: Membership, relation: Relation, at: datetime) -> Q:
    """The children whom this role of `user` reaches by this relation at `at`; nobody where its fact holds no more."""
    if relation in (Relation.AUTHORITY, Relation.TEAM, Relation.WORKER, Relation.COVERED, Relation.NOBODYS):
        return _own_staff(user, membership, relation, at)
    if relation == Relation.REVIEWED:
        return reviewed_by(user, membership, at)
    if relation == Relation.SERVICE:
        # By the fact alone: there is no grant that could be left behind.
        return _fact_holds(user, membership, relation, SUPERVISED, at) if membership.supervises else NOBODY
    codename = {
        Relation.HOME: LOOK_AFTER,
        Relation.GUARDIAN: WATCH_OVER,
        Relation.ADDRESSED: WATCH_OVER,
        Relation.FORCE: SEARCH_FOR,
        Relation.HOST: HOST,
    }[relation]
    groups = [group_id for group_id, _ in _groups(user)]
    granted = _GRANTED.within({*groups}, permission_id(codename))
    return Q(pk__in=granted) & _fact_holds(user, membership, relation, codename, at)


def had(user: User, membership: Membership, relation: Relation, at: datetime) -> Q:
    """The children whom it reached at `at`, which is over, by the fact alone: a grant ends with its fact.

    Of a force, a host and whoever supervises no fact says what they had then.
    """
    if relation == Relation.HOME:
        lived = Placement.objects.current(at).filter(home=membership.home_id)
        return Q(pk__in=lived.values("child")) if membership.home_id is not None else NOBODY
    if relation == Relation.GUARDIAN:
        return _fact_holds(user, membership, relation, WATCH_OVER, at)
    if relation in (Relation.FORCE, Relation.HOST, Relation.ADDRESSED, Relation.SERVICE):
        return NOBODY
    return reached(user, membership, relation, at)


def _own_staff(user: User, membership: Membership, relation: Relation, at: datetime) -> Q:
    own = responsible([_team(membership).authority_id], at)
    wide = membership.role == Role.TEAM_MANAGER and membership.reach != Reach.TEAM
    if relation == Relation.AUTHORITY or wide:
        return own
    if relation == Relation.NOBODYS:
        return own & Q(~Exists(Allocation.objects.current(at).filter(child=OuterRef("pk"))))
    if relation == Relation.COVERED:
        return own & Q(pk__in=_COVERED.within(user.pk, at))
    team = _team(membership).pk
    # What somebody was given in a team that they have left opens nothing to them.
    given = _GIVEN.within(user.pk, team, at) if relation == Relation.WORKER else _OF_TEAM.within(team, at)
    return own & Q(pk__in=given)


def _fact_holds(user: User, membership: Membership, relation: Relation, codename: str, at: datetime) -> Q:
    """The period of the fact behind the grant, checked beside it."""
    if relation == Relation.HOME:
        return Q(pk__in=_LIVES.within(membership.home_id, at)) if membership.home_id is not None else NOBODY
    if relation == Relation.HOST:
        placed = _placed(at).in_area_of(_team(membership).authority_id, at)
        return Q(pk__in=placed.values("child"))
    if relation == Relation.FORCE:
        return (
            Q(pk__in=_told_of.within(membership.force_id, membership.pk, at))
            if membership.force_id is not None
            else NOBODY
        )
    period = _PERIODS.get(ADDRESS_ALLOWED if relation == Relation.ADDRESSED else codename)
    return period.holds(user, at) if period else NOBODY


def _team(membership: Membership) -> Team:
    if membership.team is None:
        raise PermissionDenied
    return membership.team


def shares_episode(membership: Membership, relation: Relation, episode: MissingEpisode, at: datetime) -> bool:
    """Whether this relation reaches an episode of a child whom it reaches: what was over before it began is not its own."""
    if relation == Relation.FORCE:
        return told_to(membership.force_id, at).filter(pk=episode.pk).exists()
    if relation not in (Relation.HOME, Relation.GUARDIAN) or episode.ended_at is None:
        return True
    if relation == Relation.HOME:
        lived = Placement.objects.filter(child=episode.child_id, home=membership.home_id)
        return lived.filter(overlaps(episode.since, episode.ended_at)).exists()
    period = _PERIODS.get(WATCH_OVER)
    return period is not None and period.held_during(membership, episode)


def either(ways: Sequence[Q]) -> Within | None:
    """The keys of the children reached one of these ways, as one statement; None where one is asked for otherwise than by keys.

    Each way goes by its own indexes, where an OR would look at every child there is.
    """
    texts: list[str] = []
    values: list[Any] = []
    for way in ways:
        keys = _keys(way)
        if keys is None:
            return None
        texts.append(_REACHED.format(keys=_is_one_of(keys)))
        values += [value for one in keys for value in one.values]
    return Within(" UNION ".join(texts), tuple(values)) if texts else None


def any_of(ways: Sequence[Q]) -> Q:
    """Those reached one way or another: each way by its own indexes, where an OR would look at every child there is."""
    if not ways:
        return NOBODY
    if len(ways) > 1 and (keys := either(ways)) is not None:
        return Q(pk__in=keys)
    first, *others = [Child.objects.filter(one).values("pk") for one in ways]
    return Q(pk__in=first.union(*others)) if others else ways[0]


def reaching(child_id: int, ways: Sequence[Q]) -> set[int]:
    """By their places those of these ways by which this child is reached: one question for all that are asked for by keys."""
    asked = {place: keys for place, way in enumerate(ways) if (keys := _keys(way)) is not None}
    others = [place for place in range(len(ways)) if place not in asked]
    found = {place for place in others if Child.objects.filter(ways[place], pk=child_id).exists()}
    if asked:
        text = " UNION ALL ".join(
            f"SELECT {place} FROM cases_child c WHERE c.id = %s AND {_is_one_of(keys)}"  # noqa: S608 - of kept statements
            for place, keys in asked.items()
        )
        values = [v for keys in asked.values() for v in (child_id, *(w for one in keys for w in one.values))]
        with connection.cursor() as cursor:
            cursor.execute(text, values)
            found |= {place for (place,) in cursor.fetchall()}
    return found


def _is_one_of(keys: Sequence[Within]) -> str:
    return " AND ".join(f"c.id IN ({one.statement})" for one in keys)


def _keys(way: Q) -> list[Within] | None:
    """The questions of which the child's key is to be one of all; None where that is not all that is asked."""
    if way.negated or way.connector != Q.AND:
        return None
    found: list[Within] = []
    for said in way.children:
        inner = None
        if isinstance(said, Q):
            inner = _keys(said)
        elif type(said) is tuple and said[0] == "pk__in" and type(said[1]) is Within:
            inner = [said[1]]
        if inner is None:
            return None
        found += inner
    return found or None


def _groups(user: User) -> list[tuple[int, str]]:
    if "_group_ids" not in user.__dict__:
        user.__dict__["_group_ids"] = list(user.groups.values_list("pk", "name"))
    return list(user.__dict__["_group_ids"])
