"""The one home of permission: may this person, for this child, now."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from cases import barred, handed_over, log, receiving, references, relations, sessions
from cases.barred import Shut
from cases.in_charge import responsible
from cases.models import (
    HOME_ROLES,
    Child,
    Home,
    Membership,
    MissingEpisode,
    Photo,
    PoliceForce,
    Reach,
    Role,
    User,
)
from cases.models.children import ChildQuerySet
from cases.permissions import FUNCTIONS, MATRIX, Permission, Relation

__all__ = ["FUNCTIONS", "MATRIX", "Permission", "Relation", "responsible"]

# What only shows: the same again within a span is one read. A change is always on record, with the read before it.
SAFE = frozenset({"GET", "HEAD"})

View = TypeVar("View", bound=Callable[..., HttpResponse])


class NotTheirs(Http404):
    """404, as for no such child; with what was asked for, so that whoever had it a while ago keeps what they typed."""

    def __init__(self, user: User, reference: str, permission: Permission, at: datetime) -> None:
        super().__init__()
        self.user, self.reference, self.permission, self.at = user, reference, permission, at


def person(request: HttpRequest) -> User:
    """The signed-in person; the middleware lets nobody else come so far, and this refuses them once more."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def memberships(user: User, at: datetime) -> list[Membership]:
    """The person's current roles, with the posts that they cover as a manager, read once per person object."""
    known: dict[datetime, list[Membership]] = user.__dict__.setdefault("_memberships_at", {})
    if at not in known:
        known[at] = Membership.objects.acted_by(user, at)
    return known[at]


def own_roles(user: User, at: datetime) -> frozenset[str]:
    """The roles that the person holds, as they were read for what this request may do, or read now.

    A post that is covered is none of them: it leads to no page of its own.
    """
    known: dict[datetime, list[Membership]] = user.__dict__.get("_memberships_at", {})
    held = next(iter(known.values()), None)
    if held is None:
        return frozenset(user.memberships.current(at).values_list("role", flat=True))
    return frozenset(membership.role for membership in held if membership.user_id == user.pk)


def require(user: User, permission: Permission, *, at: datetime) -> list[Membership]:
    """Return the memberships whose role has this function; raise `PermissionDenied` when there is none."""
    if not user.is_authenticated:
        raise PermissionDenied
    able = [membership for membership in memberships(user, at) if membership.role in FUNCTIONS[permission]]
    if not able:
        raise PermissionDenied(permission)
    return able


def children(user: User, permission: Permission, *, at: datetime) -> ChildQuerySet:
    """The children for whom `user` has `permission` at `at`, as one query on indexed keys."""
    found, shut = _reached(user, permission, at), _shut(user, at).anyhow
    return found.exclude(pk__in=shut) if shut else found


def behind_restriction(user: User, permission: Permission, *, at: datetime) -> ChildQuerySet:
    """The children whom a restriction alone keeps from `user`: never shown to them."""
    shut = _shut(user, at)
    return _reached(user, permission, at).filter(pk__in=shut.restricted - shut.kept)


def may(user: User, child: Child, permission: Permission, *, at: datetime) -> bool:
    """Whether `user` has `permission` for `child`; for buttons, writes no record."""
    return children(user, permission, at=at).filter(pk=child.pk).exists()


def had(user: User, permission: Permission, *, before: datetime, at: datetime) -> ChildQuerySet:
    """The children for whom `user` had `permission` just before that instant, by a role of theirs still; none shut from them."""
    held = [one for one in memberships(user, at) if one.user_id == user.pk and one.starts_at < before]
    found = _by(held, permission, user, before - timedelta(microseconds=1), relations.had)
    return found.exclude(pk__in=_shut(user, at).anyhow)


def permissions_for(user: User, child: Child, *, at: datetime) -> frozenset[Permission]:
    """All that `user` may do for `child`, for the buttons of one page: each relation is looked at once."""
    if child.pk in _shut(user, at).anyhow:
        return frozenset()
    held = [
        (membership, relation)
        for membership in (memberships(user, at) if user.is_authenticated else [])
        for relation in relations.OF_ROLE[membership.role]
    ]
    ways = [relations.reached(user, membership, relation, at) for membership, relation in held]
    reaching = relations.reaching(child.pk, ways)
    related = {(held[place][0].role, held[place][1]) for place in reaching}
    return frozenset(permission for permission, wanted in MATRIX.items() if wanted & related)


def get_child(
    user: User, reference: str, permission: Permission, *, request: HttpRequest | None = None, at: datetime
) -> Child:
    """Return the child, with the read on record; raise 404 for a stranger exactly as for no such child.

    A mistyped reference raises `references.Mistyped` before any look-up.
    """
    wanted = references.parse(reference).child
    child = children(user, permission, at=at).filter(reference=wanted).first()
    known = child or Child.objects.filter(reference=wanted).first()
    _put_on_record(user, known, permission, allowed=child is not None, request=request, at=at)
    if child is None:
        raise NotTheirs(user, wanted, permission, at)
    return child


def put_listed_on_record(
    user: User,
    child_ids: Iterable[int],
    permission: Permission,
    *,
    always: bool = False,
    request: HttpRequest,
    at: datetime,
) -> None:
    """Put on record that these children stood in a list shown to `user`: it is a read of each.

    The same person on the same kind of page within `READ_AGAIN_MINUTES` writes none; a search and an export `always` do.
    """
    log.record_reads(
        child_ids,
        user=user,
        permission=permission,
        place=log.place_of(request),
        again_after=timedelta() if always else sessions.read_again_after(request),
        at=at,
    )


def part_of(page: str) -> Callable[[View], View]:
    """Mark a view as the part of `page` that refreshes itself: what it shows is read on that page."""

    def mark(view: View) -> View:
        view.__dict__["part_of"] = page
        return view

    return mark


def require_oversight(user: User, *, request: HttpRequest, at: datetime) -> None:
    """Let statisticians and directors, and nobody who covers for one, read the figures of the whole country, each on record."""
    held = [m for m in require(user, Permission.SEE_OVERSIGHT, at=at) if m.user_id == user.pk]
    if not any(m.role == Role.STATISTICIAN or m.reach == Reach.DIRECTORATE for m in held):
        raise PermissionDenied(Permission.SEE_OVERSIGHT)
    _put_on_record(user, None, Permission.SEE_OVERSIGHT, allowed=True, request=request, at=at)


def get_episode(
    user: User, reference: str, permission: Permission, *, request: HttpRequest | None = None, at: datetime
) -> MissingEpisode:
    """Return the episode of a child whom `user` may reach with `permission`, or 404.

    Own staff reach every episode of the child; a home and a guardian the open one and those of their own time with
    the child; a force those it was told of.
    """
    parsed = references.parse(reference)
    child = get_child(user, parsed.child, permission, request=request, at=at)
    episode = (
        MissingEpisode.objects.filter(child=child, number=parsed.episode or 0)
        .select_related("child", "placement", "placement__home")
        .first()
    )
    if episode is None:
        raise Http404
    if not may_reach_episode(user, episode, permission, at):
        _put_on_record(user, child, permission, allowed=False, request=request, at=at)
        raise Http404
    return episode


def handed_over_children(user: User, *, at: datetime) -> list[QuerySet[Any]]:
    """The children whose record `user` read until another authority became responsible: one query for each role."""
    own = handed_over.by(memberships(user, at) if user.is_authenticated else [], at)
    return [one.exclude(pk__in=_shut(user, at).anyhow) for one in own]


def get_handed_over(
    user: User, reference: str, *, request: HttpRequest, at: datetime
) -> tuple[Child, datetime]:
    """Return a child that `user` read until it was handed over, and when that was; 404 for everybody else."""
    wanted = references.parse(reference).child
    child, until = _handed_over(user, wanted, at)
    known = child or Child.objects.filter(reference=wanted).first()
    _put_on_record(user, known, Permission.SEE_RECORD, allowed=child is not None, request=request, at=at)
    if child is None or until is None:
        raise NotTheirs(user, wanted, Permission.SEE_RECORD, at)
    return child, until


def _handed_over(user: User, wanted: str, at: datetime) -> tuple[Child | None, datetime | None]:
    for found in handed_over_children(user, at=at):
        child = found.filter(reference=wanted).first()
        if child is not None:
            return child, child.handed_over_at
    return None, None


def get_photo(user: User, reference: str, token: str, *, request: HttpRequest, at: datetime) -> Photo:
    """Return a photo of a child whose photos `user` may see, or 404; who looks again within `READ_AGAIN_MINUTES` counts once."""
    wanted = references.parse(reference).child
    child = children(user, Permission.SEE_PHOTO, at=at).filter(reference=wanted).first()
    photos = Photo.objects.standing().filter(token=token)
    child = child or receiving.awaited(user, memberships(user, at), wanted, shut=closed_to(user, at))
    if child is None:
        # Those that were there when the child was handed over are documents of that page.
        child, until = _handed_over(user, wanted, at)
        photos = photos.filter(uploaded_at__lte=until) if until is not None else photos
    photo = photos.filter(child=child).first() if child is not None else None
    known = child or Child.objects.filter(reference=wanted).first()
    # The sizes of one photo are one photo.
    path, page = request.path.rpartition("/")[0] + "/", f"photo {photo.pk}" if photo else "photo"
    place = log.Place(path=path, page=page, address=log.place_of(request).address)
    if photo is None:
        _write(user, known, Permission.SEE_PHOTO, allowed=False, place=place, at=at)
        raise Http404
    log.record_reads(
        [photo.child_id],
        user=user,
        permission=Permission.SEE_PHOTO,
        place=place,
        again_after=sessions.read_again_after(),
        at=at,
    )
    return photo


def get_home(user: User, home_id: int, *, at: datetime) -> Home:
    """Return a home whose roll `user` calls, or 404."""
    homes = [m.home for m in memberships(user, at) if m.role in HOME_ROLES and m.home_id == home_id]
    if not homes or homes[0] is None:
        raise Http404
    return homes[0]


def officer_roles(user: User, *, at: datetime) -> list[tuple[Membership, PoliceForce]]:
    """The roles of `user` as an officer, each with its force."""
    return [(m, m.force) for m in memberships(user, at) if m.role == Role.POLICE and m.force is not None]


def placed_for_officer(user: User, *, at: datetime) -> Q:
    """Of placements: those in the area of the force of `user`, of a child whose council has confirmed them."""
    ways = [
        Q(relations.confirmed_for(force.pk, role.pk, at, child="child"), force=force)
        for role, force in officer_roles(user, at=at)
    ]
    return reduce(or_, ways, Q(pk__in=()))


def answers_for(user: User, child: Child, *, at: datetime) -> list[PoliceForce]:
    """The forces as whose officer `user` answers for this child: of another, unconfirmed, they are no officer of its."""
    return [
        force
        for role, force in officer_roles(user, at=at)
        if Child.objects.filter(relations.reached(user, role, Relation.FORCE, at), pk=child.pk).exists()
    ]


def duty_authorities(user: User, *, at: datetime) -> set[int]:
    """The authorities whose duty desk `user` works; raises `PermissionDenied` when there is none."""
    held = require(user, Permission.WORK_DUTY_DESK, at=at)
    return {m.team.authority_id for m in held if m.team is not None}


def _reached(user: User, permission: Permission, at: datetime) -> ChildQuerySet:
    """Those reached by role and relation, before anybody is kept from any of them."""
    return _by(memberships(user, at) if user.is_authenticated else [], permission, user, at)


def _by(
    held: Sequence[Membership],
    permission: Permission,
    user: User,
    at: datetime,
    way: Callable[..., Q] = relations.reached,
) -> ChildQuerySet:
    reached = [
        way(user, membership, relation, at)
        for membership in held
        for role, relation in sorted(MATRIX[permission])
        if role == membership.role
    ]
    return Child.objects.filter(relations.any_of(reached))


def closed_to(user: User, at: datetime) -> frozenset[int]:
    """The children, by key, from whom `user` is kept or whose restricted record is not open to them."""
    return _shut(user, at).anyhow


def restricted(user: User, at: datetime) -> Q:
    """Of a row of children: whether the record is restricted and `user` not among those it is open to."""
    return Q(pk__in=_shut(user, at).restricted)


def shut(user: User, at: datetime) -> Q:
    """Of a row of children: whether it is shut from `user` whatever their role, by a keep-from mark or a restriction."""
    return Q(pk__in=_shut(user, at).anyhow)


def _shut(user: User, at: datetime) -> Shut:
    """Who is shut from `user` at `at`, read once per person object, as their roles are."""
    known: dict[datetime, Shut] = user.__dict__.setdefault("_shut_at", {})
    if at not in known:
        kept, standing = barred.standing(user, at)
        if standing:
            # To stand in for a manager opens no restricted record: it opens by name, and by one's own role.
            own = [m for m in memberships(user, at) if m.user_id == user.pk] if user.is_authenticated else []
            standing = barred.closed(user, own, standing, at)
        known[at] = Shut(kept, standing)
    return known[at]


def may_reach_episode(user: User, episode: MissingEpisode, permission: Permission, at: datetime) -> bool:
    """Whether one relation gives both: the permission for the child, and this episode of the child's."""
    return any(
        relations.shares_episode(membership, relation, episode, at)
        and Child.objects.filter(
            relations.reached(user, membership, relation, at), pk=episode.child_id
        ).exists()
        for membership in memberships(user, at)
        for role, relation in MATRIX[permission]
        if role == membership.role
    )


def over_for(user: User, *, at: datetime) -> dict[int, datetime]:
    """The children whom `user` reaches by a force alone whose searches are over, each with when the last of these ended.

    Of what came after, of which the force was not told, it reads nothing; to nobody else is a child here.
    """
    held = memberships(user, at) if user.is_authenticated else []
    forces = [one.force_id for one in held if one.role == Role.POLICE and one.force_id is not None]
    ends: dict[int, datetime | None] = {}
    for force_id in forces:
        for child_id, ended_at in relations.told_to(force_id, at).values_list("child", "ended_at"):
            known = ends.get(child_id, ended_at)
            ends[child_id] = max(known, ended_at) if known is not None and ended_at is not None else None
    over = {child_id: ended_at for child_id, ended_at in ends.items() if ended_at is not None}
    if not over or len(forces) == len(held):
        return over
    others = [one for one in held if one.role != Role.POLICE]
    reached = _by(others, Permission.SEE_STATUS, user, at).filter(pk__in=over).values_list("pk", flat=True)
    return {child_id: over[child_id] for child_id in over.keys() - {*reached}}


def _put_on_record(
    user: User,
    child: Child | None,
    permission: Permission,
    *,
    allowed: bool,
    request: HttpRequest | None,
    at: datetime,
) -> None:
    place, again_after = log.place_of(request), sessions.read_again_after(request)
    if allowed and child is not None and request is not None and request.method in SAFE:
        log.record_reads(
            [child.pk], user=user, permission=permission, place=place, again_after=again_after, at=at
        )
        return
    _write(user, child, permission, allowed=allowed, place=place, at=at)


def _write(
    user: User, child: Child | None, permission: Permission, *, allowed: bool, place: log.Place, at: datetime
) -> None:
    who, which = user if user.is_authenticated else None, child.pk if child else None
    log.record_access(user=who, child_id=which, permission=permission, allowed=allowed, place=place, at=at)
