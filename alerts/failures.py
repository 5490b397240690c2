"""When a message cannot be delivered: look for who stands there now, and reach a person by another path."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q

from alerts import duty_tasks, outbox, recipients, tellings
from alerts.models import (
    Alert,
    Channel,
    Clock,
    DutyTask,
    DutyTaskAlert,
    HomeAlert,
    HomeClock,
    Message,
    MessageItem,
    MessageProof,
)
from alerts.recipients import TOLD, Post, Recipient
from alerts.states import AlertStatus, MessageStatus
from cases import configuration, facts
from cases.models import KeepFrom, Membership

logger = structlog.get_logger(__name__)


def gone(messages: Sequence[Message], *, at: datetime) -> set[uuid.UUID]:
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
    """Address the message to who stands on its post now, each child to its own; false when that is nobody for any of them.

    A message about a whole house parts where its children are told to different people.
    """
    items = list(message.items.select_related("alert").order_by("pk"))
    parts: dict[Recipient | None, list[MessageItem]] = defaultdict(list)
    standing = _standing_now(message, items, at)
    for item in items:
        parts[standing[item.pk]].append(item)
    ours = next((recipient for recipient in parts if recipient is not None), None)
    if ours is None:
        return False
    with transaction.atomic():
        for recipient, part in parts.items():
            if recipient != ours:
                _part(message, recipient, part, at)
        _address(message, ours, parts[ours])
    # What was read with the claim is not what it is about any more.
    getattr(message, "_prefetched_objects_cache", {}).clear()
    return True


def _standing_now(
    message: Message, items: Sequence[MessageItem], at: datetime
) -> dict[int, Recipient | None]:
    """Who stands on the post for each item's child: the same as before, another who was not told yet, or nobody."""
    loaded = facts.load([item.alert.child_id for item in items])
    directory = recipients.directory(list(loaded.values()), at=at)
    left = message.user_id is not None and not (
        Membership.objects.current(at).filter(user=message.user_id).exists()
    )
    standing: dict[int, Recipient | None] = {}
    for item in items:
        told = set(
            MessageItem.objects.filter(alert=item.alert_id, step=item.step, kind=item.kind)
            .exclude(message=None if left else message)
            .values_list("recipient", flat=True)
        )
        found = directory.resolve(Post(message.post), loaded[item.alert.child_id], (message.channel,))
        fresh = [recipient for recipient in found if recipient.key not in told]
        # Who stands there still keeps it; the others only where that one does not.
        fresh.sort(key=lambda recipient: recipient.key != message.recipient)
        standing[item.pk] = fresh[0] if fresh else None
    return standing


def _part(message: Message, recipient: Recipient | None, items: Sequence[MessageItem], at: datetime) -> None:
    """A message of their own for these items, queued; without a recipient it fails by itself and is phoned."""
    fresh = Message.objects.get(pk=message.pk)
    fresh.pk = uuid.uuid4()
    fresh.status, fresh.lease_until, fresh.next_try_at = MessageStatus.QUEUED, None, at
    fresh.save(force_insert=True)
    MessageItem.objects.filter(pk__in=[item.pk for item in items]).update(message=fresh)
    if recipient is not None:
        _address(fresh, recipient, items)


def _address(message: Message, recipient: Recipient, items: Sequence[MessageItem]) -> None:
    message.user_id, message.mailbox_id = recipient.user_id, recipient.mailbox_id
    message.phone = recipient.phone if recipient.channel != Channel.MAIL else ""
    message.recipient = recipient.key
    message.save(update_fields=["user", "mailbox", "phone", "recipient"])
    MessageItem.objects.filter(pk__in=[item.pk for item in items]).update(recipient=recipient.key)


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
    if message.mailbox is not None:
        configuration.mark_refused(message.mailbox, at=at)
    if message.home_alert is not None:
        _reach_a_person_about_check(message, message.home_alert, at)
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


def _reach_a_person_about_check(message: Message, alert: HomeAlert, at: datetime) -> None:
    """Of a home's building check: a task to phone them, and duty is owed word at once instead of the home."""
    if message.authority_id is not None:
        DutyTask.objects.get_or_create(
            message=message,
            defaults={
                "kind": DutyTask.Kind.PHONE_THEM,
                "authority_id": message.authority_id,
                "home_id": message.home_id,
                "home_alert": alert,
                "urgency": message.urgency,
                "opened_at": at,
            },
        )
    following = tellings.next_rung(message.step, alert.steps)
    if (
        alert.ended_at is None
        and following is not None
        and datetime.fromisoformat(alert.steps[following]) > at
    ):
        alert.steps[following] = at.isoformat()
        alert.save(update_fields=["steps"])
        HomeClock.objects.filter(home=alert.home_id).filter(Q(next_at=None) | Q(next_at__gt=at)).update(
            next_at=at
        )


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
            "next_at": at + min(duty_tasks.untaken_after(alerts).values()),
        },
    )
    if created:
        DutyTaskAlert.objects.bulk_create([DutyTaskAlert(task=task, alert=alert) for alert in alerts])


def _bring_next_rung_nearer(message: Message, alerts: list[Alert], at: datetime) -> None:
    """Where nobody else on this rung was reached, the next one is owed now."""
    for alert in alerts:
        following = tellings.next_rung(message.step, alert.steps)
        if alert.status != AlertStatus.OPEN or following is None:
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
