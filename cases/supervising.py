"""Whose work somebody answers for: the guardian services they have a part in, and the teams that they manage."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from cases.access import memberships
from cases.models import Child, GuardianService, Membership, Reach, Role, Team, User
from cases.states import IllegalMove

# Whose posts a manager of each reach leads; of a team alone nobody's.
_UP_TO: Mapping[str, tuple[Reach, ...]] = {
    Reach.TEAM: (),
    Reach.SERVICE: (Reach.TEAM, Reach.SERVICE),
    Reach.DIRECTORATE: (Reach.TEAM, Reach.SERVICE, Reach.DIRECTORATE),
}
# Which guardian services have to do with a child: said by an app above.
_SERVICES_OF: list[Callable[[Child, datetime], QuerySet[GuardianService]]] = []


def guardian_services(user: User, *, supervised: bool = False, at: datetime) -> set[int]:
    """The services in which `user` is a guardian, or that they supervise; raises `PermissionDenied` when there is none."""
    held = [m for m in memberships(user, at) if m.role == Role.GUARDIAN and (m.supervises or not supervised)]
    if not held:
        raise PermissionDenied
    return {m.service_id for m in held if m.service_id is not None}


def supervised_by(user: User, *, at: datetime) -> set[int]:
    """The guardian services that `user` supervises at `at`; none for most."""
    return {m.service_id for m in memberships(user, at) if m.supervises and m.service_id is not None}


def guardian_led(person_id: int, service_id: int, *, by: User, at: datetime) -> Membership:
    """The role of a guardian whom `by` supervises in a service that they lead; 404 for themself and for all others."""
    led = guardian_services(by, supervised=True, at=at) & {service_id}
    held = Membership.objects.current(at).filter(user=person_id, role=Role.GUARDIAN, service__in=led)
    member = held.select_related("user", "service").order_by("pk").first()
    if member is None or by.pk == person_id:
        raise Http404
    return member


def find_services(find: Callable[[Child, datetime], QuerySet[GuardianService]]) -> None:
    """Let an app above say which guardian services have to do with a child."""
    _SERVICES_OF[:] = [find]


def supervisors_of(child: Child, *, at: datetime) -> QuerySet[Membership]:
    """The roles that supervise or head a guardian service that has to do with the child."""
    services = Q(pk__in=())
    for find in _SERVICES_OF:
        services |= Q(service__in=find(child, at).values("pk"))
    return Membership.objects.current(at).filter(services, role=Role.GUARDIAN).exclude(reach=Reach.TEAM)


def teams(user: User, *, at: datetime) -> QuerySet[Team]:
    """The teams that `user` manages: the own one, or every team of the authority for head of service and director."""
    managed = Q(pk__in=())
    for membership in memberships(user, at):
        if membership.role == Role.TEAM_MANAGER and membership.team is not None:
            wide = membership.reach != Reach.TEAM
            managed |= Q(authority=membership.team.authority_id) if wide else Q(pk=membership.team_id)
    return Team.objects.filter(managed)


def posts_led(user: User, *, at: datetime) -> QuerySet[Membership]:
    """The posts of the other managers that `user` leads as head of service or director: whether each is filled is theirs to see.

    By the posts that are their own, and none above these: whoever covers for a head sends no director away.
    """
    below = Q(pk__in=())
    for one in memberships(user, at):
        if one.user_id == user.pk and one.role == Role.TEAM_MANAGER and one.team is not None:
            below |= Q(team__authority=one.team.authority_id, reach__in=_UP_TO[one.reach])
    return Membership.objects.current(at).filter(below, role=Role.TEAM_MANAGER).exclude(user=user)


def posts_led_by_others(absent: User, *, by: User, at: datetime) -> QuerySet[Membership]:
    """The posts of this manager that `by` does not lead."""
    held = Membership.objects.current(at).filter(user=absent, role=Role.TEAM_MANAGER)
    return held.exclude(pk__in=posts_led(by, at=at).values("pk"))


def require_posts_of_one_authority(absent: User, *, by: User, at: datetime) -> None:
    """Raise IllegalMove where `by` says that a manager is away or back, and leads in no authority every post they hold there.

    Leave is of the person, wherever their posts are, and every alert follows it: of two authorities the head of either
    says so for both, and the other's hears of it. Where they are a social worker, whoever manages that team says so too,
    if they hold no manager's post there that `by` does not lead. Of somebody who holds none at all nothing is asked here.
    """
    if by.pk == absent.pk:
        return
    held = Membership.objects.current(at).filter(user=absent, role=Role.TEAM_MANAGER)
    authorities = set(held.values_list("team__authority", flat=True))
    others = posts_led_by_others(absent, by=by, at=at).values_list("team__authority", flat=True)
    work = Membership.objects.current(at).filter(user=absent, role=Role.SOCIAL_WORKER)
    managed = work.filter(team__in=teams(by, at=at)).values_list("team__authority", flat=True)
    if authorities and authorities.union(managed) <= set(others):
        raise IllegalMove(
            "They hold a post that you do not lead: they say so themselves, or whoever leads all their posts in one council."
        )


def posts_of(manager: User, *, by: User, at: datetime) -> QuerySet[Membership]:
    """The posts of this manager that `by` answers for: of their own all, else those that `by` leads."""
    held = Membership.objects.current(at).filter(user=manager, role=Role.TEAM_MANAGER)
    if by.pk != manager.pk:
        held = held.filter(pk__in=posts_led(by, at=at).values("pk"))
    return held.select_related("team", "user").order_by("pk")


def absentee(person_id: int, *, by: User, at: datetime) -> User:
    """Whose absence `by` answers for; 404 for all others.

    Themself, a social worker of a team that they manage, or a manager whose post they lead.
    """
    held = Membership.objects.current(at).filter(
        user=person_id, role__in=(Role.SOCIAL_WORKER, Role.TEAM_MANAGER)
    )
    if by.pk != person_id:
        of_team = Q(role=Role.SOCIAL_WORKER, team__in=teams(by, at=at))
        held = held.filter(of_team | Q(pk__in=posts_led(by, at=at).values("pk")))
    return _found(held)


def social_worker(person_id: int, *, by: User, at: datetime) -> User:
    """The social worker whose work `by` answers for: themself, or one of a team that they manage; 404 for all others."""
    held = Membership.objects.current(at).filter(user=person_id, role=Role.SOCIAL_WORKER)
    if by.pk != person_id:
        held = held.filter(team__in=teams(by, at=at))
    return _found(held)


def supervisee(person_id: int, *, by: User, at: datetime) -> User:
    """The social worker whom `by` supervises: one of a team that they manage; 404 for themself and for all others."""
    if by.pk == person_id:
        raise Http404
    return social_worker(person_id, by=by, at=at)


def supervisees(user: User, *, at: datetime) -> QuerySet[User]:
    """All of them."""
    held = Membership.objects.current(at).filter(role=Role.SOCIAL_WORKER, team__in=teams(user, at=at))
    return User.objects.filter(pk__in=held.values("user")).exclude(pk=user.pk)


def _found(held: QuerySet[Membership]) -> User:
    found = held.select_related("user").first()
    if found is None:
        raise Http404
    return found.user
