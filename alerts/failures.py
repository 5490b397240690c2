"""When a message cannot be delivered: look for who stands there now, and reach a person by another path."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from alerts import (
    addressees,
    change_words,
    duty_tasks,
    left_readers,
    one_reader,
    outbox,
    own_desk,
    recipients,
    tellings,
    told_by_phone,
)
from alerts.addressees import Addressees
from alerts.models import (
    Alert,
    Channel,
    Clock,
    DutyTask,
    HomeAlert,
    HomeClock,
    Message,
    MessageItem,
    MessageKind,
    MessageProof,
)
from alerts.phone_tasks import phone_about
from alerts.posts import POLICE
from alerts.recipients import TOLD, Post, Recipient
from alerts.states import AlertStatus, MessageStatus
from cases import configuration, facts
from cases.models import EpisodeForce

logger = structlog.get_logger(__name__)

POSTS = frozenset(Post)


class Lack(Enum):
    """Why a message has nobody to go to any more."""

    TOLD = "whoever stands there now is told of it by another message"
    LEFT = "the force is told nothing more of this search"
    NOBODY = "nobody stands there"


def gone(messages: Sequence[Message], *, at: datetime) -> set[uuid.UUID]:
    """Those of a claimed batch whose recipient does not stand there any more, or is kept from a child since.

    An alert goes to whoever stands on its post for each of its children now: responsibility, a placement, a shift
    or an allocation may have moved since. An ending goes to whoever was told, while they are there.
    """
    of_post: dict[bool, list[Message]] = {True: [], False: []}
    for message in messages:
        is_of_post = message.kind != MessageKind.ENDING and message.post in POSTS and message.told
        of_post[bool(is_of_post)].append(message)
    return _astray(of_post[True], at) | left_readers.of(of_post[False], at=at)


def _astray(messages: Sequence[Message], at: datetime) -> set[uuid.UUID]:
    children = {item.alert.child_id: item.alert.child for m in messages for item in m.told}
    found = facts.whereabouts(children.values())
    stand = addressees.read(found, [(message, message.told) for message in messages], at=at)
    return {
        message.pk
        for message in messages
        for item in message.told
        if not any(recipient.key == message.recipient for recipient in stand.of(message, item))
    }


def readdressed(message: Message, *, at: datetime) -> Lack | None:
    """Address the message to who stands on its post now, each child to its own; else say why it goes to nobody.

    A message about a whole house parts where its children are told to different people.
    """
    items = list(message.items.select_related("alert__child", "alert__clock").order_by("pk"))
    if not items:
        return Lack.NOBODY
    loaded = facts.whereabouts([item.alert.child for item in items])
    stand = addressees.read(loaded, [(message, items)], at=at)
    parts: dict[Recipient | Lack, list[MessageItem]] = defaultdict(list)
    for item in items:
        parts[_standing_now(message, item, stand)].append(item)
    # Who can be told first; what is left over is looked at by itself when it is claimed.
    ours = min(parts, key=lambda part: isinstance(part, Lack))
    with transaction.atomic():
        if message.may_be_out and not _keeps(message, parts):
            return _sent_on(message, parts, loaded, at)
        for recipient, part in parts.items():
            if recipient != ours:
                _part(message, recipient, part, loaded, at)
        if isinstance(ours, Recipient):
            _address(message, ours, parts[ours], loaded)
    # What was read with the claim is not what it is about any more.
    message.known_items = None
    return ours if isinstance(ours, Lack) else None


def _keeps(message: Message, parts: Mapping[Recipient | Lack, list[MessageItem]]) -> bool:
    return any(isinstance(part, Recipient) and part.key == message.recipient for part in parts)


def _sent_on(
    message: Message,
    parts: Mapping[Recipient | Lack, list[MessageItem]],
    loaded: Mapping[int, facts.ChildFacts],
    at: datetime,
) -> Lack:
    """Whoever may have received it stays on record, to hear the ending; who stands there now has one of their own."""
    for recipient, part in parts.items():
        if not isinstance(recipient, Recipient):
            continue
        copies = [
            MessageItem(alert=i.alert, step=i.step, kind=i.kind, recipient=recipient.key, message=message)
            for i in part
        ]
        MessageItem.objects.bulk_create(copies)
        _part(message, recipient, copies, loaded, at)
    only = next(iter(parts)) if len(parts) == 1 else None
    return Lack.NOBODY if only is Lack.NOBODY else Lack.TOLD


def _standing_now(message: Message, item: MessageItem, stand: Addressees) -> Recipient | Lack:
    """Of those on the post for the item's child: the same as before, another who was not told yet, or nobody."""
    if stand.has_left(message, item):
        return Lack.LEFT
    found = stand.of(message, item)
    others = item.alert.message_items.filter(step=item.step, kind=item.kind).exclude(message=message)
    told = set(others.values_list("recipient", flat=True))
    fresh = [recipient for recipient in found if recipient.key not in told]
    # Who stands there still keeps it; the others only where that one does not.
    fresh.sort(key=lambda recipient: recipient.key != message.recipient)
    if fresh:
        return fresh[0]
    return Lack.TOLD if found or _is_told_otherwise(message, others) else Lack.NOBODY


def _is_told_otherwise(message: Message, others: QuerySet[MessageItem]) -> bool:
    """Whether a mailbox has gone whose desk has its telephone still: who is texted looks for no reason. Not so of forces."""
    alive = others.exclude(message__status__in=(MessageStatus.FAILED, MessageStatus.CANCELLED))
    alive = alive.exclude(message__channel=Channel.MAIL)
    return bool(message.mailbox_id) and alive.filter(message__post=message.post, message__force=None).exists()


def _part(
    message: Message,
    recipient: Recipient | Lack,
    items: Sequence[MessageItem],
    loaded: Mapping[int, facts.ChildFacts],
    at: datetime,
) -> None:
    """A message of their own for these items, queued; without a recipient it is settled by itself."""
    fresh = Message.objects.get(pk=message.pk)
    fresh.pk = uuid.uuid4()
    fresh.status, fresh.lease_until, fresh.next_try_at = MessageStatus.QUEUED, None, at
    if isinstance(recipient, Recipient) and recipient.key != message.recipient:
        # Nothing of it is out there, so it is part of no mail that may be.
        fresh.may_be_out, fresh.attempts, fresh.bundle = False, 0, None
    fresh.save(force_insert=True)
    MessageItem.objects.filter(pk__in=[item.pk for item in items]).update(message=fresh)
    if isinstance(recipient, Recipient):
        _address(fresh, recipient, items, loaded)


def _address(
    message: Message,
    recipient: Recipient,
    items: Sequence[MessageItem],
    loaded: Mapping[int, facts.ChildFacts],
) -> None:
    message.user_id, message.mailbox_id = recipient.user_id, recipient.mailbox_id
    message.channel = recipient.channel
    message.phone = recipient.phone if recipient.channel != Channel.MAIL else ""
    message.recipient = recipient.key
    if recipient.post == Post.HOME:
        # A child who moved meanwhile is asked for in the home where it lives now.
        placement = loaded[items[0].alert.child_id].placement
        message.home_id = placement.home_id if placement is not None else None
    message.save(update_fields=["user", "mailbox", "channel", "phone", "recipient", "home"])
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


def reach_a_person(message: Message, *, beside: Sequence[Message] = (), at: datetime) -> None:
    """A “phone them now” task with its own clock, the mailbox marked, and the next rung owed at once.

    `beside` went in the same mail, to the same reader: one call of each desk is for all. The children that the
    messages are about are locked by the caller.
    """
    if message.wording == change_words.MAIL_CHECK:
        # It was to show whether mail to them comes back still, and has.
        return
    if message.mailbox is not None:
        configuration.mark_refused(message.mailbox, at=at)
    if message.home_alert is not None:
        _reach_a_person_about_check(message, message.home_alert, at)
    in_mail = [message, *beside]
    of_mail = Alert.objects.filter(message_items__message__in=in_mail)
    alerts = list(of_mail.distinct().select_related("clock"))
    logger.error("message_not_delivered", message=str(message.pk), wording=message.wording, step=message.step)
    if message.outage_id is not None:
        _phone_after_outage(message, at)
    if not alerts or asks_for_another_call(message) or _is_of_force_that_left(message):
        return
    loaded = facts.load([alert.child_id for alert in alerts])
    directory = recipients.directory(list(loaded.values()), at=at)
    standing = duty_tasks.calls_that_go_on(in_mail)
    _open_tasks(in_mail, alerts, directory, at)
    if message.kind != MessageKind.ENDING and all(alert.status != AlertStatus.OPEN for alert in alerts):
        # It was refused or came back after the end: who never heard of it is not phoned of what is over.
        duty_tasks.close_calls(in_mail, but=standing, at=at)
        return
    for one in in_mail:
        if one.post not in (*TOLD, *POLICE):
            # Of each the rung after its own: what goes in one mail may be of several.
            theirs = set(one.items.values_list("alert", flat=True))
            bring_next_rung_nearer(one, [alert for alert in alerts if alert.pk in theirs], at)
    if message.post in POLICE:
        text_duty(message, alerts[0], loaded[alerts[0].child_id], directory, at)


def asks_for_another_call(message: Message) -> bool:
    """Whether it told somebody of a “phone them now” that nobody took or finished: that task stands on the desk already.

    A task about it would be untaken in its turn, and its text fail: where the gateway is down, one more each time.
    """
    told, _, task = message.step.partition(":")
    if told not in (DutyTask.UNTAKEN, DutyTask.LAPSED) or not task.isdigit():
        return False
    return DutyTask.objects.filter(pk=int(task), kind=DutyTask.Kind.PHONE_THEM).exists()


def _is_of_force_that_left(message: Message) -> bool:
    """Whether it alerted a force that is told nothing more of this search: whoever leads it now is told by its own mails."""
    if message.post != Post.FORCE or message.kind == MessageKind.ENDING:
        return False
    told = EpisodeForce.objects.filter(episode=message.episode_id, force=message.force_id)
    is_last_word = message.wording == addressees.LAST_WORD
    return not is_last_word and told.exists() and not told.filter(left_at=None).exists()


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
    if alert.ended_at is not None and message.kind != MessageKind.ENDING:
        duty_tasks.close_calls([message], at=at)
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


def phone_of_delay(message: Message, *, at: datetime) -> None:
    """A police mail that is late on its way: duty phones; it may yet arrive, so the mailbox and the rungs stay."""
    if message.post not in POLICE:
        return
    alerts = list(
        Alert.objects.filter(message_items__message=message, status=AlertStatus.OPEN).select_related("clock")
    )
    if not alerts or DutyTask.objects.filter(message=message).exists():
        return
    logger.error("message_delayed", message=str(message.pk), wording=message.wording, step=message.step)
    loaded = facts.load([alert.child_id for alert in alerts])
    directory = recipients.directory(list(loaded.values()), at=at)
    _open_tasks([message], alerts, directory, at)
    text_duty(message, alerts[0], loaded[alerts[0].child_id], directory, at, step="late")


def _phone_after_outage(message: Message, at: datetime) -> None:
    """A home or a desk that did not hear of an outage is about no alert: the desk of the authority phones it."""
    if message.authority_id is None:
        raise TypeError("word of an outage is of an authority's homes")
    DutyTask.objects.get_or_create(
        message=message,
        defaults={
            "kind": DutyTask.Kind.PHONE_THEM,
            "authority_id": message.authority_id,
            "home_id": message.home_id,
            "outage_id": message.outage_id,
            "urgency": message.urgency,
            "opened_at": at,
            "next_at": None,
        },
    )


def _open_tasks(
    messages: Sequence[Message], alerts: list[Alert], directory: recipients.Directory, at: datetime
) -> None:
    """One call for the desk of each authority whose children were in the mail: none hears of another's.

    Of its own mailbox, which refuses what it has as a text, a desk has one call until somebody has made it.
    """
    about = set(MessageItem.objects.filter(message__in=messages).values_list("message", "alert"))
    for authority_id, theirs in sorted(by_desk(alerts, directory).items()):
        message = next(m for m in messages if any((m.pk, alert.pk) in about for alert in theirs))
        one_reader.lock_desk(authority_id)
        joins = own_desk.joins_call(message, theirs, authority_id)
        if not joins and not one_reader.takes_refused(message, theirs, authority_id, at=at):
            phone_about(message, theirs, authority_id, episode_id=message.episode_id, at=at)


def by_desk(alerts: Sequence[Alert], directory: recipients.Directory) -> dict[int, list[Alert]]:
    """These alerts by the authority whose desk they are for."""
    of_desk: dict[int, list[Alert]] = defaultdict(list)
    for alert in alerts:
        of_desk[directory.authority[alert.child_id]].append(alert)
    return of_desk


def bring_next_rung_nearer(message: Message, alerts: list[Alert], at: datetime) -> None:
    """Where nobody else on this rung was reached, the next one is owed now."""
    for alert in alerts:
        following = tellings.next_rung(message.step, alert.steps)
        if alert.status != AlertStatus.OPEN or following is None:
            continue
        others = MessageItem.objects.filter(alert=alert, step=message.step).exclude(message=message)
        alive = others.exclude(
            Q(message__status__in=(MessageStatus.FAILED, MessageStatus.CANCELLED))
            | Q(message__post__in=(*TOLD, *POLICE))
            | told_by_phone.LATE
        )
        if alive.exists() or datetime.fromisoformat(alert.steps[following]) <= at:
            continue
        alert.steps[following] = at.isoformat()
        alert.save(update_fields=["steps"])
        Clock.objects.filter(pk=alert.clock_id).filter(Q(next_at=None) | Q(next_at__gt=at)).update(next_at=at)


def text_duty(
    message: Message,
    alert: Alert,
    child: facts.ChildFacts,
    directory: recipients.Directory,
    at: datetime,
    *,
    step: str = "failed",
    episode_id: int | None = None,
) -> None:
    """The force's mailbox refused the alert, or holds it: duty hears it on the phone, not by looking."""
    if message.step.startswith("failed"):
        return
    outbox.enqueue(
        [
            outbox.Owed(
                alert=alert,
                step=f"{step}:{message.pk.hex[:8]}",
                # It repeats nothing, whatever did not arrive; only word of an end goes out after the end.
                kind=MessageKind.ENDING if message.kind == MessageKind.ENDING else MessageKind.ALERT,
                wording="duty_phone_them",
                recipient=recipient,
                urgency=message.urgency,
                owed_at=at,
                episode_id=episode_id or message.episode_id,
            )
            for recipient in directory.resolve(Post.DUTY, child, (Channel.TEXT, Channel.MAIL))
        ],
        at=at,
    )
