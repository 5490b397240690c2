"""Which actions of a plan their owner has left, and since when: of some children, in a fixed number of questions."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

from cases import action_owners
from cases.facts import ChildFacts
from cases.models import (
    HOME_ROLES,
    TEAM_ROLES,
    Allocation,
    KeepFrom,
    ManagerCover,
    Membership,
    NamedPerson,
    PlanAction,
    Reach,
    Restriction,
    Role,
    WorkerCover,
    WorkerLeave,
)
from cases.models.plans import OwnerKind
from guardians.models import GuardianAssignment, GuardianCover

_Period = tuple[datetime, datetime | None]


@dataclass
class _Read:
    """What says of an owner that they have left."""

    # By child and person: since when a mark keeps the one from the other.
    kept: dict[tuple[int, int], datetime] = field(default_factory=dict)
    # By child: since when its record is restricted, and to whom it is open by name.
    restricted: dict[int, datetime] = field(default_factory=dict)
    named: set[tuple[int, int]] = field(default_factory=set)
    # By home: who works there.
    staff: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    # By home and person: when their last role there that is over ended.
    carers_left: dict[tuple[int, int], datetime | None] = field(default_factory=dict)
    # By child and guardian: when the last of it ended or will; None while no end is known.
    watch: dict[tuple[int, int], datetime | None] = field(default_factory=dict)
    # By person and authority: the same of their roles there.
    posts: dict[tuple[int, int], datetime | None] = field(default_factory=dict)
    # Who holds a role by which every child of that authority is theirs, and who one of a team alone.
    wide: set[tuple[int, int]] = field(default_factory=set)
    seats: set[tuple[int, int]] = field(default_factory=set)
    # By person and team: when the last of their roles there that are over ended.
    seats_left: dict[tuple[int, int], datetime | None] = field(default_factory=dict)
    # By child: the team that has it, and since when.
    teams: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    # By child and person: until when they cover or covered for its worker; None while they do.
    covers: dict[tuple[int, int], datetime | None] = field(default_factory=dict)
    # By person and authority: the same of posts of more than a team that they cover.
    wide_covers: dict[tuple[int, int], datetime | None] = field(default_factory=dict)
    # By role, person and authority: the same of the roles by which they cover.
    roles: dict[str, dict[tuple[int, int], datetime | None]] = field(
        default_factory=lambda: defaultdict(dict)
    )


def left(
    actions: Collection[PlanAction], facts: Mapping[int, ChildFacts], *, at: datetime
) -> dict[int, datetime]:
    """By the key of an action: since when, or from when on, its owner has it no more. Nothing of one that has its owner.

    Left is whoever is no guardian of the child any more, works for its council, or for the team that has it, no more, is
    kept from it, or is not named on its restricted record; a home when the child has moved, or nobody there may open the
    child. Why is never said: to everybody who reads it, it looks like the end of an assignment.
    """
    if not actions:
        return {}
    read = _read(actions, facts, at)
    found = {}
    for action in actions:
        one = facts.get(action.child_id)
        since = _left(action, one, read) if one is not None else None
        if since is not None:
            found[action.pk] = max(since, action.owned_since)
    return found


def _left(action: PlanAction, one: ChildFacts, read: _Read) -> datetime | None:
    if action.is_outside:
        return None
    if action.owner_placement is not None:
        return _home_left(action, read)
    key = (action.child_id, action.owner_id or 0)
    shut = _shut(key[0], key[1], read)
    if action.owner_kind == OwnerKind.GUARDIAN:
        over = read.watch.get(key, action.owned_since)
    else:
        over = read.posts.get((key[1], one.authority_id or 0), one.responsible_since or action.owned_since)
        if over is not None and one.responsible_since is not None:
            over = max(over, one.responsible_since)
        elif over is None:
            over = _team_left(key, one.authority_id or 0, read)
    return min((moment for moment in (shut, over) if moment is not None), default=None)


def _team_left(key: tuple[int, int], authority_id: int, read: _Read) -> datetime | None:
    """Since when somebody who works in another team of the council has nothing to do with the child; None where they have."""
    child_id, user_id = key
    team_id, since = read.teams.get(child_id, (0, None))
    if since is None or (user_id, authority_id) in read.wide:
        return None
    covered = [read.covers.get(key, since), read.wide_covers.get((user_id, authority_id), since)]
    if (user_id, team_id) in read.seats or None in covered:
        return None
    left = [until for until in (*covered, read.seats_left.get((user_id, team_id))) if until is not None]
    return max([since, *left])


def _home_left(action: PlanAction, read: _Read) -> datetime | None:
    placement = action.owner_placement
    if placement is None or placement.ends_at is not None:
        return placement.ends_at if placement is not None else None
    staff = read.staff.get(placement.home_id or 0, set())
    shut = [_shut(action.child_id, pk, read) for pk in staff]
    moments = [moment for moment in shut if moment is not None]
    if not moments or len(moments) < len(shut):
        return None
    # Whoever else was there could do it until they left.
    left = [until for (home_id, pk), until in read.carers_left.items() if home_id == placement.home_id]
    return max([*moments, *(until for until in left if until is not None)])


def _shut(child_id: int, user_id: int, read: _Read) -> datetime | None:
    """Since when the child is shut from this person, by a mark or a restriction."""
    moments = [read.kept.get((child_id, user_id))]
    if (child_id, user_id) not in read.named:
        moments.append(read.restricted.get(child_id))
    return min((moment for moment in moments if moment is not None), default=None)


def _read(actions: Collection[PlanAction], facts: Mapping[int, ChildFacts], at: datetime) -> _Read:
    read = _Read()
    children = {action.child_id for action in actions}
    for mark in KeepFrom.objects.current(at).filter(child__in=children):
        read.kept[mark.child_id, mark.user_id] = mark.starts_at
    rows = Restriction.objects.current(at).filter(child__in=children)
    read.restricted = dict(rows.values_list("child", "starts_at"))
    if read.restricted:
        named = NamedPerson.objects.current(at).filter(restriction__in=rows)
        read.named = set(named.values_list("restriction__child", "user"))
    homes = {one.owner_placement.home_id for one in actions if one.owner_placement is not None}
    people = action_owners.staff_of(homes, at=at)
    for home_id, user_id in people.values_list("home", "user") if homes else ():
        read.staff[home_id or 0].add(user_id)
    if read.staff:
        _read_carers_left(read, homes, at)
    _read_guardians(read, [one for one in actions if one.owner_kind == OwnerKind.GUARDIAN], at)
    _read_posts(read, [one for one in actions if one.owner_kind == OwnerKind.COUNCIL], at)
    return read


def _read_carers_left(read: _Read, homes: Collection[int | None], at: datetime) -> None:
    over = Membership.objects.filter(
        home__in=homes, role__in=HOME_ROLES, user__device_home=None, ends_at__lte=at
    )
    for home_id, user_id, until in over.values_list("home", "user", "ends_at"):
        if user_id not in read.staff[home_id or 0]:
            _later(read.carers_left, (home_id or 0, user_id), until)


def _read_guardians(read: _Read, actions: Sequence[PlanAction], at: datetime) -> None:
    if not actions:
        return
    who = {"child__in": {one.child_id for one in actions}}
    people = {one.owner_id for one in actions}
    assigned = GuardianAssignment.objects.filter(guardian__in=people, **who)
    held = set(assigned.in_role(at).values_list("pk", flat=True))
    for row in assigned:
        # A row outlasts the role that it was given for.
        until = row.ends_at if row.pk in held or row.ends_at is not None else _role_ended(row, at)
        _later(read.watch, (row.child_id, row.guardian_id), until)
    covers = GuardianCover.objects.accepted().filter(covered_by__in=people, **who)
    for child_id, user_id, until in covers.values_list("child", "covered_by", "ends_at"):
        _later(read.watch, (child_id, user_id), until)


def _role_ended(row: GuardianAssignment, at: datetime) -> datetime:
    """When somebody left the service of an assignment that nobody has ended."""
    roles = Membership.objects.filter(user=row.guardian_id, service=row.service_id, ends_at__lte=at)
    ended = roles.order_by("-ends_at").values_list("ends_at", flat=True).first()
    return ended or at


def _read_posts(read: _Read, actions: Sequence[PlanAction], at: datetime) -> None:
    if not actions:
        return
    owners, children = {one.owner_id for one in actions}, {one.child_id for one in actions}
    held = Membership.objects.filter(
        user__in=owners, role__in=TEAM_ROLES, starts_at__lte=at, called_off_at=None
    ).select_related("team")
    for row in held:
        authority_id = row.team.authority_id if row.team is not None else 0
        # A role that ends by its date is looked at when it has.
        until = row.ends_at if row.ends_at is not None and row.ends_at <= at else None
        _later(read.posts, (row.user_id, authority_id), until)
        _later(read.roles[row.role], (row.user_id, authority_id), until)
        seat = (row.user_id, row.team_id or 0)
        if until is not None:
            _later(read.seats_left, seat, until)
        elif row.role == Role.DUTY_DESK or row.reach != Reach.TEAM:
            read.wide.add((row.user_id, authority_id))
        else:
            read.seats.add(seat)
    allocated = Allocation.objects.current(at).filter(child__in=children).order_by("starts_at")
    for child_id, team_id, since in allocated.values_list("child", "team", "starts_at"):
        read.teams[child_id] = (team_id, since)
    _read_covers(read, owners, children, at)


def _read_covers(
    read: _Read, owners: Collection[int | None], children: Collection[int], at: datetime
) -> None:
    """The work and the posts that they cover or covered: while they do it is as if these were their own."""
    worked = WorkerCover.objects.accepted().filter(
        covered_by__in=owners, child__in=children, starts_at__lte=at
    )
    holding = {one.pk for one in WorkerCover.objects.holding(at).filter(pk__in=worked)} if worked else set()
    for work in worked.select_related("leave", "allocation__team"):
        role_until = read.roles[Role.SOCIAL_WORKER].get(
            (work.covered_by_id, work.allocation.team.authority_id)
        )
        over = _over(work, work.allocation.ends_at, role_until, at)
        _later(read.covers, (work.child_id, work.covered_by_id), None if work.pk in holding else over)
    posts = ManagerCover.objects.accepted().filter(covered_by__in=owners, starts_at__lte=at)
    held = set(posts.holding(at).values_list("pk", flat=True))
    covers = list(posts.select_related("leave", "membership__team"))
    away = _away({cover.covered_by_id for cover in covers if cover.pk not in held}, at)
    for cover in covers:
        post = cover.membership
        authority_id = post.team.authority_id if post.team is not None else 0
        role_until = read.roles[Role.TEAM_MANAGER].get((cover.covered_by_id, authority_id))
        over = _over(cover, post.ends_at, role_until, at)
        lapsed_at = _begun(away.get(cover.covered_by_id, ()), cover.starts_at, over)
        until = None if cover.pk in held else lapsed_at
        if post.reach != Reach.TEAM and post.team is not None:
            _later(read.wide_covers, (cover.covered_by_id, authority_id), until)
        elif until is None:
            read.seats.add((cover.covered_by_id, post.team_id or 0))
        else:
            _later(read.seats_left, (cover.covered_by_id, post.team_id or 0), until)


def _over(
    cover: WorkerCover | ManagerCover,
    work_ended_at: datetime | None,
    role_ended_at: datetime | None,
    at: datetime,
) -> datetime:
    """When cover was over: with itself, its leave, what was covered or the role of whoever covers; else it lapsed by `at`."""
    ends = (cover.ends_at, cover.leave.ends_at, work_ended_at, role_ended_at)
    return min((end for end in ends if end is not None and end <= at), default=at)


def _away(people: Collection[int], at: datetime) -> Mapping[int, Sequence[_Period]]:
    """When these people were away until `at`, the last begun first."""
    found: dict[int, list[_Period]] = defaultdict(list)
    if people:
        rows = WorkerLeave.objects.filter(worker__in=people, starts_at__lte=at, called_off_at=None)
        for leave in rows:
            found[leave.worker_id].append((leave.known_from, leave.ends_at))
    return {pk: sorted(own, key=itemgetter(0), reverse=True) for pk, own in found.items()}


def _begun(away: Sequence[_Period], since: datetime, over: datetime) -> datetime:
    """When cover that was over by `over` lapsed before that, because whoever covers was away until then themselves."""
    for begun, ended in away:
        if begun < over and (ended is None or over <= ended):
            over = max(begun, since)
    return over


def _later(
    found: dict[tuple[int, int], datetime | None], key: tuple[int, int], until: datetime | None
) -> None:
    """Keep the later of two ends; without one it goes on."""
    if key not in found:
        found[key] = until
    elif (known := found[key]) is not None:
        found[key] = None if until is None else max(known, until)
