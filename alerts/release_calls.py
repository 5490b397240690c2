"""The call to a force whose mailbox did not take word of lines about a child for whom it looks."""

from collections.abc import Sequence
from datetime import datetime

from alerts import failures, phone_tasks, recipients, release_mails
from alerts.models import Alert, Message
from cases import facts
from cases.models import Child


def phone(messages: Sequence[Message], *, at: datetime, step: str = "failed") -> None:
    """Ask duty of each council whose child is looked for to ring the force, once for each mail; of other lines nobody rings.

    The mail names no child, so the call is about the search: what the child said before may say where to look. With
    `step` "late" a server holds the mail, and it may yet arrive.
    """
    about = [(message, release_mails.searches(message, now=at)) for message in messages]
    children = {one.child_id for _message, episodes in about for one in episodes}
    if children:
        list(Child.objects.locked().filter(pk__in=children).order_by("pk"))
    for message, episodes in about:
        alerts = [alert for one in episodes if (alert := Alert.objects.lasting(one.pk)) is not None]
        if alerts:
            _phone(message, alerts, at, step)


def _phone(message: Message, alerts: Sequence[Alert], at: datetime, step: str) -> None:
    loaded = facts.load([alert.child_id for alert in alerts])
    directory = recipients.directory(list(loaded.values()), at=at)
    for authority_id, theirs in failures.by_desk(alerts, directory).items():
        first = theirs[0]
        if phone_tasks.phone_about(message, theirs, authority_id, episode_id=first.episode_id, at=at):
            child = loaded[first.child_id]
            failures.text_duty(message, first, child, directory, at, step=step, episode_id=first.episode_id)
