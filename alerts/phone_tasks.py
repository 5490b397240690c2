"""Asking a desk to phone whoever a message did not reach."""

from collections.abc import Sequence
from datetime import datetime

from alerts import duty_tasks
from alerts.models import Alert, DutyTask, DutyTaskAlert, Message
from cases import bulk

# The answer of a call that nobody took and that nobody is asked to make any more.
ARRIVED = "The message has gone out since"


def phone_about(
    message: Message,
    alerts: Sequence[Alert],
    authority_id: int,
    *,
    episode_id: int | None,
    step: str = "",
    at: datetime,
) -> bool:
    """Ask the desk of this authority to phone about these alerts, once for each message; say whether it is new.

    One that closed because the message had gone out is asked for again where that has come back, or is held, since.
    """
    task, created = DutyTask.objects.get_or_create(
        message=message,
        authority_id=authority_id,
        defaults={
            "kind": DutyTask.Kind.PHONE_THEM,
            "home_id": message.home_id,
            "episode_id": episode_id,
            "step": step,
            "urgency": message.urgency,
            "opened_at": at,
            "next_at": at + min(duty_tasks.untaken_after(alerts).values()),
        },
    )
    if created:
        DutyTaskAlert.objects.bulk_create([DutyTaskAlert(task=task, alert=alert) for alert in alerts])
    elif task.answer == ARRIVED:
        again = at + min(duty_tasks.untaken_after(alerts).values())
        DutyTask.objects.filter(pk=task.pk).update(
            done_at=None, answer="", opened_at=at, second_rung_at=None, next_at=again
        )
        items = sorted((task.pk, alert.pk) for alert in alerts)
        bulk.insert(DutyTaskAlert, ("task", "alert"), items, known=True)
    return created or task.answer == ARRIVED
