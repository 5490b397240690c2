"""A guardian who is to supervise as well keeps the children that they have until the new role is confirmed."""

from datetime import datetime

from cases import administration, people
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
        ours = administration.memberships(administration.authorities(by, at=at), at=at)
        if standing.filter(awaits=True, pk__in=ours.values("pk")).exists():
            raise IllegalMove(
                "Their other role in this service waits until somebody confirms it, and this one keeps their children until"
                " then. If they are to have neither, end the other role first."
            )
    people.leave(membership, by=by, at=at)
