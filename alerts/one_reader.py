"""What is late for one person or phone is one call: it joins the one that nobody has begun (docs/adr/0228)."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from alerts import duty_tasks
from alerts.models import Alert, DutyTask, DutyTaskAlert, Message, MessageKind
from cases import bulk


def asked_for(message: Message) -> set[int]:
    """The alerts of which whoever this message is for is to be phoned, or was while it waited, by id.

    A call that was begun before the message was made told nothing of it.
    """
    begun_since = Q(taken_at=None) | Q(taken_at__gte=message.created_at)
    not_done = Q(done_at=None) | Q(done_at__gte=message.created_at)
    calls = _to_reader_of(message).filter(Q(message=message) | begun_since & not_done)
    return set(DutyTaskAlert.objects.filter(task__in=calls).values_list("alert", flat=True))


def joins_call(message: Message, alerts: Sequence[Alert], authority_id: int, *, at: datetime) -> bool:
    """Have the open call to the same reader be about these alerts as well; say whether there is one that may take them.

    Not one that somebody is making, nor one of which the second person was rung: they would not hear of what joins.
    """
    not_begun = Q(taken_at=None, next_at__isnull=False)
    calls = _to_reader_of(message).filter(not_begun, done_at=None, authority=authority_id)
    # Locked, so that it is not being taken meanwhile.
    standing = calls.select_for_update(of=("self",)).order_by("pk").first()
    if standing is None or standing.next_at is None:
        return False
    standing.urgency = min(standing.urgency, message.urgency)
    standing.next_at = min(standing.next_at, at + min(duty_tasks.untaken_after(alerts).values()))
    standing.save(update_fields=["urgency", "next_at"])
    items = sorted((standing.pk, alert.pk) for alert in alerts)
    bulk.insert(DutyTaskAlert, ("task", "alert"), items, known=True)
    return True


def _to_reader_of(message: Message) -> QuerySet[DutyTask]:
    """The calls to the person, phone or mailbox of this message, but for those of an end."""
    whom = Q(message__recipient=message.recipient)
    if message.user_id is not None:
        whom |= Q(message__user=message.user_id)
    calls = DutyTask.objects.filter(whom, kind=DutyTask.Kind.PHONE_THEM)
    return calls.exclude(message__kind=MessageKind.ENDING)
