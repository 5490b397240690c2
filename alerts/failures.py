"""When a message cannot be delivered: look for who stands there now, and reach a person by another path."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import Q

from alerts import outbox, policies, recipients, tellings
from alerts.models import Alert, Channel, Clock, DutyTask, DutyTaskAlert, Message, MessageItem, MessageProof
from alerts.recipients import TOLD, Post, Recipient
from alerts.states import AlertStatus, MessageStatus
from cases import facts
from cases.models import KeepFrom, Mailbox, Membership

logger = structlog.get_logger(__name__)


def gone(messages: Sequence[Message], *, at: datetime) -> set[UUID]:
    """Those of a claimed batch whose recipient does not stand there any more, or is kept from a child since."""
    users = {message.user_id for message in messages if message.user_id is not None}
    members = set(Membership.objects.current(at).filter(user__in=users).values_list("user", flat=True))
    kept = set(
        KeepFrom.objects.current(at)
        .filter(user__in=users, child__alerts__message_items__message__in=messages)
        .values_list("user", "child__alerts__message_items__message")
    )
    return {
        message.pk
        for message in messages
        if (message.user_id is not None and message.user_id not in members)
        or (message.user_id, message.pk) in kept
        or (
            message.mailbox is not None
            and message.mailbox.ends_at is not None
            and message.mailbox.ends_at <= at
        )
    }


def replaced(message: Message, *, at: datetime) -> bool:
    """Address the message to who stands on its post now; false when that is nobody who was not told already."""
    replacement = _replacement(message, at)
    if replacement is None:
        return False
    message.user_id, message.mailbox_id = replacement.user_id, replacement.mailbox_id
    message.phone = replacement.phone if replacement.channel != Channel.MAIL else ""
    message.recipient = replacement.key
    message.save(update_fields=["user", "mailbox", "phone", "recipient"])
    MessageItem.objects.filter(message=message).update(recipient=replacement.key)
    return True


def note_attempt(message: Message, error: str, *, at: datetime) -> None:
    """Keep what the server or gateway said to this try."""
    address = message.phone or (message.mailbox.address if message.mailbox else "")
    MessageProof.objects.create(
        message=message,
        at=at,
        accepted=False,
        address=address or (message.user.email if message.user else ""),
        response=error[:300],
    )


def reach_a_person(message: Message, *, at: datetime) -> None:
    """A “phone them now” task with its own clock, the mailbox marked, and the next rung owed at once.

    The children that the message is about are locked by the caller.
    """
    if message.mailbox_id is not None:
        Mailbox.objects.filter(pk=message.mailbox_id).update(failed_at=at)
    alerts = list(Alert.objects.filter(message_items__message=message).distinct().select_related("clock"))
    logger.error("message_not_delivered", message=str(message.pk), wording=message.wording, step=message.step)
    if not alerts:
        return
    loaded = facts.load([alert.child_id for alert in alerts])
    directory = recipients.directory(list(loaded.values()), at=at)
    _open_task(message, alerts, directory, at)
    if message.post not in TOLD and message.post != Post.FORCE:
        _bring_next_rung_nearer(message, alerts, at)
    if message.post == Post.FORCE:
        _text_duty(message, alerts[0], loaded[alerts[0].child_id], directory, at)


def _replacement(message: Message, at: datetime) -> Recipient | None:
    item = message.items.select_related("alert").first()
    if item is None:
        return None
    loaded = facts.load([item.alert.child_id])
    directory = recipients.directory(list(loaded.values()), at=at)
    told = set(
        MessageItem.objects.filter(alert=item.alert, step=message.step, kind=message.kind).values_list(
            "recipient", flat=True
        )
    )
    found = directory.resolve(Post(message.post), loaded[item.alert.child_id], (message.channel,))
    return next((recipient for recipient in found if recipient.key not in told), None)


def _open_task(message: Message, alerts: list[Alert], directory: recipients.Directory, at: datetime) -> None:
    task, created = DutyTask.objects.get_or_create(
        message=message,
        defaults={
            "kind": DutyTask.Kind.PHONE_THEM,
            "authority_id": directory.authority[alerts[0].child_id],
            "home_id": message.home_id,
            "episode_id": message.episode_id,
            "urgency": message.urgency,
            "opened_at": at,
            "next_at": at + policies.untaken_after(at),
        },
    )
    if created:
        DutyTaskAlert.objects.bulk_create([DutyTaskAlert(task=task, alert=alert) for alert in alerts])


def _bring_next_rung_nearer(message: Message, alerts: list[Alert], at: datetime) -> None:
    """Where nobody else on this rung was reached, the next one is owed now."""
    for alert in alerts:
        following = tellings.NEXT_RUNG.get(message.step)
        if alert.status != AlertStatus.OPEN or following is None or following not in alert.steps:
            continue
        others = MessageItem.objects.filter(alert=alert, step=message.step).exclude(message=message)
        alive = others.exclude(
            Q(message__status__in=(MessageStatus.FAILED, MessageStatus.CANCELLED)) | Q(message__post__in=TOLD)
        )
        if alive.exists() or datetime.fromisoformat(alert.steps[following]) <= at:
            continue
        alert.steps[following] = at.isoformat()
        alert.save(update_fields=["steps"])
        Clock.objects.filter(pk=alert.clock_id).filter(Q(next_at=None) | Q(next_at__gt=at)).update(next_at=at)


def _text_duty(
    message: Message, alert: Alert, child: facts.ChildFacts, directory: recipients.Directory, at: datetime
) -> None:
    """The force's mailbox refused the alert: duty hears it on the phone, not by looking."""
    if message.step.startswith("failed"):
        return
    outbox.enqueue(
        [
            outbox.Owed(
                alert=alert,
                step=f"failed:{message.pk.hex[:8]}",
                kind=message.kind,
                wording="duty_phone_them",
                recipient=recipient,
                urgency=message.urgency,
                owed_at=at,
                episode_id=message.episode_id,
            )
            for recipient in directory.resolve(Post.DUTY, child, (Channel.TEXT, Channel.MAIL))
        ],
        at=at,
    )
