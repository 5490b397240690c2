"""A rung of which nobody is left: whoever stood on its post has gone, or is kept from the child, while a message waited."""

from datetime import datetime

from alerts import duty_tasks, failures, recipients
from alerts.models import Alert, DutyTask, Message
from alerts.states import AlertStatus
from cases import facts


def look_why(message: Message, *, at: datetime) -> None:
    """Nobody stands there any more: the desk looks why, as of a rung on which nobody ever stood, and the next comes now.

    Whoever has left is not phoned about the child, and least of all somebody from whom it is kept. The children that
    the message is about are locked by the caller.
    """
    alerts = _open(message)
    loaded = facts.load([alert.child_id for alert in alerts])
    directory = recipients.directory(list(loaded.values()), at=at)
    wanted = [
        duty_tasks.Wanted(
            kind=DutyTask.Kind.NOBODY_TO_TELL,
            authority_id=directory.authority[alert.child_id],
            alert=alert,
            urgency=message.urgency,
            home_id=message.home_id,
            episode_id=message.episode_id if message.home_id is None else None,
            child_id=alert.child_id if message.home_id is None and message.episode_id is None else None,
            step=message.step,
        )
        for alert in alerts
    ]
    duty_tasks.open_many(wanted, at=at)
    failures.bring_next_rung_nearer(message, alerts, at)


def go_on(message: Message, *, at: datetime) -> None:
    """Let the next rung come now where nobody on this one is reached any more; its children are locked by the caller."""
    failures.bring_next_rung_nearer(message, _open(message), at)


def _open(message: Message) -> list[Alert]:
    of_mail = Alert.objects.filter(message_items__message=message, status=AlertStatus.OPEN)
    return list(of_mail.distinct().select_related("clock"))
