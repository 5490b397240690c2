"""Children who are to come: whose transfer the people of the receiving authority read before they are responsible."""

from collections.abc import Collection

from django.db.models import Q

from cases.models import Child, Membership, Reach, Role, Transfer, User
from cases.models.transfers import SHARED_WHILE, TransferQuerySet


def by(user: User, memberships: Collection[Membership]) -> TransferQuerySet:
    """The transfers that these roles of `user` read as the receiver's: for as long as they are offered or accepted.

    Its duty desk, heads and directors read each; a manager of a team those that nobody has accepted yet, for one of
    them may be theirs, and then their team's; a social worker those for which they are named.
    """
    wanted = [_of(user, one) for one in memberships if one.team is not None and one.role in _READERS]
    found = Transfer.objects.with_receiver()
    if not wanted:
        return found.none()
    any_of = wanted[0]
    for one in wanted[1:]:
        any_of |= one
    return found.filter(any_of)


def awaited(
    user: User, memberships: Collection[Membership], reference: str, *, shut: Collection[int]
) -> Child | None:
    """The child of this reference whom they read so, once a named social worker is to have the child and is accepted.

    From then on the receiver reads what the checklist of the transfer names, unless the child is `shut` from `user`.
    """
    found = by(user, memberships).filter(status__in=SHARED_WHILE, child__reference=reference)
    transfer = found.exclude(child__in=shut).select_related("child").first()
    return transfer.child if transfer is not None else None


_READERS = (Role.DUTY_DESK, Role.TEAM_MANAGER, Role.SOCIAL_WORKER)


def _of(user: User, membership: Membership) -> Q:
    ours = Q(receiver=membership.team.authority_id if membership.team is not None else None)
    if membership.role == Role.SOCIAL_WORKER:
        return ours & Q(worker=user, team=membership.team_id)
    if membership.role == Role.TEAM_MANAGER and membership.reach == Reach.TEAM:
        return ours & (Q(team=None) | Q(team=membership.team_id))
    return ours
