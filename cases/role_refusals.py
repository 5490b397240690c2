"""A role in what is shared that somebody else was asked to confirm ends instead: nobody knows the person there."""

from datetime import datetime

from django.db import transaction

from cases import confirming, log, people
from cases.models import Membership, Role, User
from cases.states import IllegalMove

REFUSED = confirming.REFUSED


def refuse(role: Membership, *, reason: str, by: User, at: datetime) -> None:
    """End a role that waits for the word of `by`, with the reason; whoever gave it is told by that.

    Raises IllegalMove without a reason, where it is not for `by` to say, and of an officer whom another council has
    confirmed: it relies on them, and they open no child of a council that has not.
    """
    if not reason.strip():
        raise IllegalMove("Enter the reason.")
    with transaction.atomic():
        # Its children are locked before the role, as whoever ends one does.
        end = people.call_off if role.starts_at > at else people.leave
        end(role, by=by, at=at)
        role = Membership.objects.get(pk=role.pk)
        confirming.require(role, by=by, at=at)
        if role.role == Role.POLICE and role.confirmations.filter(second=True).exists():
            raise IllegalMove(
                "Another council has confirmed this officer: speak with them. Until your council confirms them too, they open"
                " no child of yours."
            )
        data = {**confirming.data_of(role), "reason": reason.strip()}
        log.record_configuration(role, REFUSED, data=data, by=by, at=at)
