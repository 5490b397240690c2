"""The call to a force whose mailbox did not take word of lines about a child for whom it looks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from alerts import duty_tasks, failures, recipients, release_mails
from alerts.models import Alert, DutyTask, DutyTaskAlert, Message
from cases import facts
from cases.models import Child


def phone(messages: Sequence[Message], *, at: datetime, step: str = "failed") -> None:
    """Ask duty of each council whose child is looked for to ring the force, once for each mail; of other lines nobody rings.

    The mail names no child, so the call is about the search: what the child said before may say where to look. With
    `step` "late" a server holds the mail, and it may yet arrive.
    """
    for message in messages:
        episodes = release_mails.searches(message, now=at)
        list(Child.objects.locked().filter(pk__in=[one.child_id for one in episodes]).order_by("pk"))
        alerts = [alert for one in episodes if (alert := Alert.objects.lasting(one.pk)) is not None]
        if alerts:
            _phone(message, alerts, at, step)


def _phone(message: Message, alerts: Sequence[Alert], at: datetime, step: str) -> None:
    loaded = facts.load([alert.child_id for alert in alerts])
    directory = recipients.directory(list(loaded.values()), at=at)
    of_desk: dict[int, list[Alert]] = defaultdict(list)
    for alert in alerts:
        of_desk[directory.authority[alert.child_id]].append(alert)
    for authority_id, theirs in of_desk.items():
        first = theirs[0]
        task, created = DutyTask.objects.get_or_create(
            message=message,
            authority_id=authority_id,
            defaults={
                "kind": DutyTask.Kind.PHONE_THEM,
                "episode_id": first.episode_id,
                "urgency": message.urgency,
                "opened_at": at,
                "next_at": at + min(duty_tasks.untaken_after(theirs).values()),
            },
        )
        if created:
            DutyTaskAlert.objects.bulk_create([DutyTaskAlert(task=task, alert=one) for one in theirs])
            child = loaded[first.child_id]
            failures.text_duty(message, first, child, directory, at, step=step, episode_id=first.episode_id)
