"""A guardian who is to supervise as well keeps the children that they have until the new role is confirmed."""

from datetime import datetime

from django.db.models import Q, QuerySet

from cases import administration, confirming, people
from cases.models import Membership, Reach, Role, User
from cases.states import IllegalMove


def end_role(membership: Membership, *, by: User, at: datetime) -> None:
    """End a role, but for a guardian's whose next one in the same service waits for somebody's word.

    What waits opens nothing, so that their children would be without them until then: IllegalMove says what is ended first.
    Where it was given by others, who alone can end it, nothing stops this one.
    """
    if membership.role == Role.GUARDIAN and membership.reach == Reach.TEAM:
        standing = Membership.objects.standing(at).filter(
            user=membership.user_id, service=membership.service_id
        )
        awaits = standing.filter(awaits=True)
        if awaits.exists() and _may_end(awaits, by, at):
            raise IllegalMove(
                "Their other role in this service waits until somebody confirms it, and this one keeps their children until"
                " then. If they are to have neither, end the other role first."
            )
    people.leave(membership, by=by, at=at)


def _may_end(roles: QuerySet[Membership], by: User, at: datetime) -> bool:
    """Whether one of these is for `by` to end, or to refuse."""
    ours = administration.memberships(administration.authorities(by, at=at), at=at)
    asked = [one.pk for one in confirming.waiting(by, at=at)]
    return roles.filter(Q(pk__in=ours.values("pk")) | Q(pk__in=asked)).exists()
