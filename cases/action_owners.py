"""Who does an action of a plan: somebody of the council, the child's home or guardian, or somebody who has no account."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from cases import access
from cases.access import Permission
from cases.grants import WATCH_OVER, permission_id
from cases.models import (
    HOME_ROLES,
    Child,
    ChildGroupPermission,
    Home,
    Membership,
    Placement,
    PlanAction,
    User,
)
from cases.models.plans import OwnerKind
from cases.states import IllegalMove

# For which guardians of which children, by key, somebody stands in: said by an app above.
Covered = Collection[tuple[int, int]]
_COVERED_BY: list[Callable[[User, datetime], Covered]] = []


def find_covered(find: Callable[[User, datetime], Covered]) -> None:
    """Let an app above say for which guardians of which children somebody covers at an instant."""
    _COVERED_BY[:] = [find]


def _covered(user: User, at: datetime) -> set[tuple[int, int]]:
    return {pair for find in _COVERED_BY for pair in find(user, at)}


@dataclass(frozen=True, kw_only=True)
class Owner:
    """One owner as a form says it: a person, the placement in whose home it is done, or who is outside and how reached."""

    kind: str
    user: User | None = None
    placement: Placement | None = None
    name: str = ""
    role: str = ""
    phone: str = ""
    email: str = ""

    @property
    def columns(self) -> dict[str, object]:
        """The same as an action keeps it."""
        outside = {"name": self.name, "role": self.role, "phone": self.phone, "email": self.email}
        return {
            "owner_kind": self.kind,
            "owner": self.user,
            "owner_placement": self.placement,
            **{f"owner_{key}": value.strip() for key, value in outside.items()},
        }


def of_council(user: User) -> Owner:
    """Somebody who works with the child."""
    return Owner(kind=OwnerKind.COUNCIL, user=user)


def require(owner: Owner, child: Child, *, at: datetime) -> None:
    """Raise `IllegalMove` where this owner has nothing to do with the child, or where nothing says how they are reached."""
    if owner.kind == OwnerKind.OUTSIDE:
        if not owner.name.strip() or not owner.role.strip():
            raise IllegalMove("Enter the name and the role of who does it.")
        if not owner.phone.strip() and not owner.email.strip():
            raise IllegalMove("Enter a phone or an email address: you ask them for it.")
    elif owner.kind == OwnerKind.HOME:
        standing = home_of(child, at=at)
        if standing is None or standing != owner.placement:
            raise IllegalMove("The child lives in this home no more. Choose another owner.")
    elif owner.user is None or not access.may(owner.user, child, _RIGHTS[owner.kind], at=at):
        raise IllegalMove("Choose somebody who works with this child.")


# What somebody may do for the child as long as they are who they were when they were asked.
_RIGHTS: dict[str, Permission] = {
    OwnerKind.COUNCIL: Permission.CHANGE_CHILD,
    OwnerKind.GUARDIAN: Permission.WRITE_OWN_NOTE,
}


def home_of(child: Child, *, at: datetime) -> Placement | None:
    """The placement whose home may be asked: where the child lives now, if somebody of that home may open the child."""
    placement = Placement.objects.current(at).filter(child=child, home__isnull=False, ends_at=None).first()
    if placement is None or not _open_to_home(child, placement, at):
        return None
    return placement


def _open_to_home(child: Child, placement: Placement, at: datetime) -> bool:
    """Whether anybody there may open the child; a home in which nobody signs in is asked by phone."""
    staff = staff_of([placement.home_id], at=at).select_related("user")
    return not staff or any(access.may(one.user, child, Permission.RECORD_CONTACT, at=at) for one in staff)


def staff_of(homes: Collection[int | None], *, at: datetime) -> QuerySet[Membership]:
    """Who works in these homes; the device of a home is nobody."""
    return Membership.objects.current(at).filter(home__in=homes, role__in=HOME_ROLES, user__device_home=None)


def guardians_of(child: Child, *, at: datetime) -> list[User]:
    """The guardians who watch over the child now, or cover for one, by name."""
    granted = ChildGroupPermission.objects.filter(
        content_object=child, permission_id=permission_id(WATCH_OVER)
    )
    people = User.objects.filter(groups__in=granted.values("group")).distinct().order_by("name", "pk")
    return [one for one in people if access.may(one, child, Permission.WRITE_OWN_NOTE, at=at)]


def holds(action: PlanAction, user: User, *, at: datetime) -> bool:
    """Whether `user` may say of this action that it is done: as the guardian or their cover, or as somebody of the home."""
    if action.owner_kind == OwnerKind.GUARDIAN:
        own = action.owner_id == user.pk or (action.child_id, action.owner_id) in _covered(user, at)
        return own and access.may(user, action.child, Permission.WRITE_OWN_NOTE, at=at)
    if action.owner_kind != OwnerKind.HOME or action.owner_placement is None:
        return False
    homes = {one.home_id for one in access.memberships(user, at) if one.role in HOME_ROLES}
    placement = action.owner_placement
    is_there = placement.home_id in homes and (placement.ends_at is None or placement.ends_at > at)
    return is_there and access.may(user, action.child, Permission.RECORD_CONTACT, at=at)


def asked_of_guardian(user: User, child_ids: Collection[int], *, at: datetime) -> QuerySet[PlanAction]:
    """What `user` is to do as the guardian of these children, or while they cover for one, soonest first."""
    theirs = Q(owner=user)
    for child_id, guardian_id in _covered(user, at):
        theirs |= Q(child=child_id, owner=guardian_id)
    return _asked(child_ids).filter(theirs, owner_kind=OwnerKind.GUARDIAN)


def asked_of_home(home: Home, child_ids: Collection[int], *, at: datetime) -> QuerySet[PlanAction]:
    """What the home is to do for these children, who live there, soonest first."""
    there = Placement.objects.current(at).filter(home=home, child__in=child_ids)
    return _asked(child_ids).filter(owner_kind=OwnerKind.HOME, owner_placement__in=there)


def _asked(child_ids: Collection[int]) -> QuerySet[PlanAction]:
    rows = PlanAction.objects.open().filter(child__in=child_ids)
    return rows.select_related("child", "owner_placement").prefetch_related("words")
