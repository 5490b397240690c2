"""One mail about a change of configuration to one person, and whose duty line stands in it."""

from datetime import datetime

from alerts.models import Channel, Message, MessageKind
from alerts.urgency import LEAST_URGENT
from cases.models import ConfigurationChange, Membership, User


def message(
    person: User, change: ConfigurationChange, wording: str, post: str, *, authority_id: int | None
) -> Message:
    """Return the mail to `person`, owed at the instant of the change and not saved yet."""
    return Message(
        kind=MessageKind.ALERT,
        wording=wording,
        step="change",
        channel=Channel.MAIL,
        post=post,
        recipient=f"{Channel.MAIL}/user:{person.pk}",
        user=person,
        authority_id=authority_id,
        change=change,
        # Behind everything that is owed about a child.
        urgency=LEAST_URGENT,
        owed_at=change.at,
        created_at=change.at,
        next_try_at=change.at,
    )


def authority_of(person: User, *, at: datetime) -> int | None:
    """Whose duty line is in the mail: somebody answers there at night, when no administrator does."""
    held = Membership.objects.standing(at).filter(user=person).order_by("pk")
    rows = held.values_list("team__authority", "home__authority", "authority")
    return next((pk for row in rows for pk in row if pk is not None), None)
