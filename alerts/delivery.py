"""Delivery of owed messages: claim under a lease, send, and mark each by itself."""

import random
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction

from alerts import channels, emails, failures
from alerts.models import Channel, Message, MessageKind, MessageProof
from alerts.recipients import TOLD
from alerts.states import MessageStatus
from cases.models import Child

logger = structlog.get_logger(__name__)


class StillSending(Exception):
    """A report came back before the sender had marked the message."""


# A passing failure is tried again after 5, 10, 20 … seconds, at most 5 minutes apart, with jitter.
BACK_OFF = timedelta(seconds=5)
BACK_OFF_AT_MOST = timedelta(minutes=5)
# An ending waits so long for the message that it ends, while that one is being sent.
ENDING_WAITS = timedelta(seconds=2)
# A police mail that no server has taken for so long is phoned, and goes on being tried.
DEFERRED_AT_MOST = timedelta(minutes=10)
# A server that takes this part of the time of a whole message to fail is hanging.
HANGS = 0.5
# Who has left, or is kept from a child, is looked up again when a batch takes longer than so many seconds.
LOOKED_LASTS = 5
# A batch at a slow server hands back after so many seconds what it has not come to: the sweep gets its turn,
# the most urgent are claimed first again, and no lease lapses in a living sender's hands.
BATCH_LASTS = 10


def deliver(*, clock: Callable[[], datetime], limit: int | None = None) -> int:
    """Claim and send what is owed, highest rung first; return how many were accepted.

    Each message is marked by itself. A sender killed in between leaves a lease that lapses, and the
    next one repeats at most the message that was being sent, under the same Message-ID.
    """
    if not settings.SENDING:
        return 0
    accepted = 0
    claimed = claim(clock(), limit or settings.DRAIN_BATCH)
    if not claimed:
        return 0
    gone, looked = _gone(claimed, clock()), time.monotonic()
    started = looked
    hanging: set[bool] = set()
    with channels.MailChannel() as mail:
        for message in claimed:
            by_mail = message.channel == Channel.MAIL
            began = time.monotonic()
            if by_mail in hanging:
                _put_back(message, until=clock() + BACK_OFF)
                continue
            if began - started > BATCH_LASTS:
                _put_back(message, until=clock())
                continue
            if began - looked > LOOKED_LASTS:
                gone, looked = _gone(claimed, clock()), began
            sent = _send(message, mail, clock, gone=None if gone is None else message.pk in gone)
            accepted += sent
            if not sent and time.monotonic() - began > settings.EMAIL_TIMEOUT * HANGS:
                hanging.add(by_mail)
    return accepted


# Chosen once and then taken: chosen within the update, a plan may choose again for every row and take more than asked.
_CLAIM = """
    WITH owed AS MATERIALIZED (
        SELECT id FROM alerts_message
         WHERE (status = 'queued' AND next_try_at <= %(at)s)
            OR (status = 'sending' AND lease_until <= %(at)s)
         ORDER BY urgency, next_try_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    UPDATE alerts_message m
       SET status = 'sending', lease_until = %(until)s, fence = m.fence + 1,
           -- A message tried for a hundred days must not end all claims by an overflow.
           attempts = LEAST(m.attempts + 1, 30000),
           -- A lapsed lease is a sender that died: its message may have gone out.
           may_be_out = m.may_be_out OR m.status = 'sending'
      FROM owed
     WHERE m.id = owed.id
    RETURNING m.id
"""


def claim(at: datetime, limit: int) -> list[Message]:
    """Take up to `limit` owed messages under a lease, most urgent first; no other sender has them meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM, {"at": at, "until": at + timedelta(seconds=settings.LEASE_SECONDS), "limit": limit}
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(
        Message.objects.filter(pk__in=ids)
        .select_related("home", *emails.RELATED)
        .prefetch_related("items__alert__child")
        .order_by("urgency", "next_try_at", "pk")
    )


def _gone(claimed: Sequence[Message], at: datetime) -> set[uuid.UUID] | None:
    """Look for whom the whole batch goes to; None where a record fails, and each is looked at by itself."""
    try:
        with transaction.atomic():
            return failures.gone(claimed, at=at)
    except Exception:
        logger.exception("recipients_not_looked_up", messages=len(claimed))
        return None


def _send(
    message: Message, mail: channels.MailChannel, clock: Callable[[], datetime], *, gone: bool | None = False
) -> int:
    """Send one claimed message and mark it; return 1 when it was accepted."""
    now = clock()
    owed = _renew(message, now)
    if owed is None:
        return 0
    try:
        if gone is None:
            gone = message.pk in failures.gone([message], at=now)
        ready = _ready(message, now, owed=owed, gone=gone)
        return int(ready and _hand_over(message, mail, now=now, clock=clock))
    except channels.Refused as refusal:
        _fail_or_try_again(message, str(refusal), at=clock())
    except channels.Deferred as deferral:
        _try_again(message, str(deferral), at=clock(), may_be_out=isinstance(deferral, channels.Uncertain))
    except Exception as error:
        # A record that fails must not stop the others.
        logger.exception("message_failed", message=str(message.pk), wording=message.wording)
        _try_again(message, f"{type(error).__name__}: {error}", at=clock())
    return 0


def _ready(message: Message, now: datetime, *, owed: bool, gone: bool) -> bool:
    """Look again before sending: still owed, and somebody still there; else mark it and say no."""
    if message.kind == MessageKind.ENDING:
        if _told_this_moment(message):
            _mark(message, MessageStatus.QUEUED, next_try_at=now + ENDING_WAITS)
            return False
        owed = any(m.status == MessageStatus.SENT or m.may_be_out for m in _ended_by(message))
    if not owed:
        _mark(message, MessageStatus.CANCELLED)
        return False
    lack = failures.readdressed(message, at=now) if gone else None
    if lack is failures.Lack.TOLD or (lack is not None and message.post in TOLD):
        # Nobody waits for worker and guardian: whoever has left, or is kept from the child, is not to be phoned.
        _mark(message, MessageStatus.CANCELLED)
    elif lack is not None:
        _fail(message, "Nobody is there to receive it any more", at=now)
    return lack is None


def _hand_over(
    message: Message, mail: channels.MailChannel, *, now: datetime, clock: Callable[[], datetime]
) -> bool:
    proof = _mailed(message, mail, now) if message.channel == Channel.MAIL else _posted(message, now)
    proof.accepted, proof.at = True, clock()
    try:
        with transaction.atomic():
            marked = _mark(message, MessageStatus.SENT, sent_at=proof.at, last_error="")
            if marked:
                proof.save()
    except Exception as error:
        # Somebody has it, so whoever is told must hear of the end, whatever becomes of the mark.
        raise channels.Uncertain(f"accepted, and not marked: {type(error).__name__}") from error
    return marked


def _mailed(message: Message, mail: channels.MailChannel, now: datetime) -> MessageProof:
    composed = emails.compose(message, now=now)
    response = mail.send(composed.email)
    return MessageProof(
        message=message,
        address=composed.email["To"],
        mail_id=composed.email["Message-ID"],
        subject=composed.subject,
        text=composed.text,
        text_digest=emails.digest(composed.text),
        response=response[:300],
    )


def _posted(message: Message, now: datetime) -> MessageProof:
    text = emails.compose_text(message, now=now)
    payload = {
        "id": str(message.pk),
        "channel": message.channel,
        "phone": message.phone,
        "reference": emails.reference_of(message),
        "rung": message.step,
        "text": text,
    }
    response = channels.post_webhook(payload, at=now)
    return MessageProof(
        message=message,
        address=message.phone,
        mail_id=str(message.pk),
        text=text,
        text_digest=emails.digest(text),
        response=response[:300],
    )


_RENEW = """
    UPDATE alerts_message m SET lease_until = %s
     WHERE m.id = %s AND m.fence = %s AND m.status = 'sending'
    RETURNING m.probe_id IS NOT NULL
           OR EXISTS (SELECT 1 FROM alerts_messageitem i JOIN alerts_alert a ON a.id = i.alert_id
                       WHERE i.message_id = m.id AND a.status = 'open')
           OR EXISTS (SELECT 1 FROM alerts_homealert h WHERE h.id = m.home_alert_id AND h.ended_at IS NULL)
              -- Word of an outage is about no alert: it is owed whatever has been answered meanwhile.
              OR m.outage_id IS NOT NULL
              -- Word of an untaken shift: somebody may have taken it, or it is over.
           OR EXISTS (SELECT 1 FROM cases_shift s
                       WHERE s.id = m.shift_id AND s.taken_at IS NULL AND s.ends_at > s.starts_at
                         AND s.ends_at > %s)
"""


def _renew(message: Message, now: datetime) -> bool | None:
    """Hold the lease on from now, and say whether an alert of this message is still open.

    None when another sender has taken the message over.
    """
    until = now + timedelta(seconds=settings.LEASE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [until, message.pk, message.fence, now])
        row = cursor.fetchone()
    return None if row is None else bool(row[0])


def _mark(message: Message, status: str, **fields: object) -> bool:
    """Set the outcome, unless the lease was lost meanwhile: a late mark is refused by the fence."""
    held = Message.objects.filter(pk=message.pk, fence=message.fence, status=MessageStatus.SENDING)
    marked = bool(held.update(status=status, lease_until=None, **fields))
    if not marked:
        logger.warning("late_mark_refused", message=str(message.pk), status=status)
    return marked


def _told_this_moment(ending: Message) -> bool:
    return any(message.status == MessageStatus.SENDING for message in _ended_by(ending))


def _ended_by(ending: Message) -> list[Message]:
    """The messages to the same recipient that an ending ends."""
    if ending.home_alert_id is not None:
        of_home = Message.objects.filter(home_alert=ending.home_alert_id, recipient=ending.recipient)
        return list(of_home.exclude(kind=MessageKind.ENDING))
    alerts = ending.items.values("alert")
    told = Message.objects.filter(items__alert__in=alerts, recipient=ending.recipient)
    return list(told.exclude(kind=MessageKind.ENDING).distinct())


def _try_again(message: Message, error: str, *, at: datetime, may_be_out: bool = False) -> None:
    pause = min(BACK_OFF * 2 ** min(message.attempts - 1, 10), BACK_OFF_AT_MOST)
    pause *= random.uniform(0.75, 1.25)  # noqa: S311 - jitter, no secret
    with transaction.atomic():
        marked = _mark(
            message,
            MessageStatus.QUEUED,
            next_try_at=at + pause,
            last_error=error[:300],
            may_be_out=message.may_be_out or may_be_out,
        )
        if marked:
            failures.note_attempt(message, error, at=at)
            if at - message.owed_at >= DEFERRED_AT_MOST:
                failures.phone_of_delay(message, at=at)


def _put_back(message: Message, *, until: datetime) -> None:
    """Give a claimed message back untried, to be claimed again at `until`."""
    _mark(message, MessageStatus.QUEUED, next_try_at=until, attempts=message.attempts - 1)


def _fail_or_try_again(message: Message, error: str, *, at: datetime) -> None:
    try:
        _fail(message, error, at=at)
    except Exception:
        # The refusal is said again at the next try; what could not be written now must not stop the others.
        logger.exception("failure_not_recorded", message=str(message.pk), wording=message.wording)
        _try_again(message, error, at=at)


def _fail(message: Message, error: str, *, at: datetime) -> None:
    """A permanent refusal reaches a person by another path, in the same commit."""
    with transaction.atomic():
        # Children first, as everywhere: the next rung may be owed now.
        list(Child.objects.locked().filter(alerts__message_items__message=message).order_by("pk"))
        if _mark(message, MessageStatus.FAILED, last_error=error[:300]):
            failures.note_attempt(message, error, at=at)
            failures.reach_a_person(message, at=at)


def bounce(message_id: uuid.UUID, reason: str, *, at: datetime) -> bool:
    """What was accepted came back: it failed after all, as if the first server had refused it; false when that is known.

    Raises StillSending while the sender has not marked it: the report comes too early and is to be handed in again.
    """
    with transaction.atomic():
        list(Child.objects.locked().filter(alerts__message_items__message=message_id).order_by("pk"))
        message = (
            Message.objects.select_for_update(of=("self",))
            .select_related("mailbox", "user")
            .get(pk=message_id)
        )
        if message.status == MessageStatus.SENDING:
            raise StillSending(str(message_id))
        error = f"Bounced: {reason or 'no reason given'}"[:300]
        if message.status != MessageStatus.SENT:
            return False
        message.status, message.sent_at, message.bounced_at = MessageStatus.FAILED, None, at
        message.last_error = error
        message.save(update_fields=["status", "sent_at", "bounced_at", "last_error"])
        failures.note_attempt(message, error, at=at)
        failures.reach_a_person(message, at=at)
    return True


def delay(message_id: uuid.UUID, reason: str, *, at: datetime) -> bool:
    """A later server holds what was accepted: it may yet arrive, and a person phones; false when that is known."""
    with transaction.atomic():
        list(Child.objects.locked().filter(alerts__message_items__message=message_id).order_by("pk"))
        message = (
            Message.objects.select_for_update(of=("self",))
            .select_related("mailbox", "user")
            .get(pk=message_id)
        )
        if message.status == MessageStatus.SENDING:
            raise StillSending(str(message_id))
        if message.status != MessageStatus.SENT or message.delayed_at is not None:
            return False
        message.delayed_at = at
        message.save(update_fields=["delayed_at"])
        failures.note_attempt(message, f"Delayed: {reason or 'no reason given'}", at=at)
        failures.phone_of_delay(message, at=at)
    return True
