"""Delivery of owed messages: claim under a lease, send, and mark each by itself."""

import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from alerts import (
    area_lists,
    channels,
    claims,
    digests,
    emails,
    failures,
    going_on,
    journey_mails,
    late_posts,
    outcomes,
    parcels,
    release_calls,
    tiers,
)
from alerts.claims import Accepted, claim
from alerts.emails import AreaList, Digest
from alerts.models import Channel, Message
from alerts.parcels import Parcel
from alerts.states import MessageStatus
from cases import mail_refusals
from cases.headroom import with_headroom
from cases.litter import left_lying
from cases.models import Child

__all__ = ["StillSending", "bounce", "claim", "delay", "deliver"]

logger = structlog.get_logger(__name__)


class StillSending(Exception):
    """A report came back before the sender had marked the message."""


# A server that takes this part of the time of a whole message to fail is hanging.
HANGS = 0.5
# Who has left, or is kept from a child, is looked up again when a batch takes longer than so many seconds.
LOOKED_LASTS = 2
# A batch at a slow server hands back after so many seconds what it has not come to: the sweep gets its turn,
# the most urgent are claimed first again, and no lease lapses in a living sender's hands.
BATCH_LASTS = 4

Clock = Callable[[], datetime]
# Those of a batch whose reader is not there any more; None where each is to be looked at by itself.
Gone = set[uuid.UUID] | None


@with_headroom
def deliver(*, clock: Clock, limit: int | None = None) -> int:
    """Claim and send what is owed, highest rung first; return how many were accepted.

    Each message is marked by itself. A sender killed in between leaves a lease that lapses, and the
    next one repeats at most the mail that was being sent, under the same Message-ID.
    """
    if not settings.SENDING:
        return 0
    limit = limit or settings.DRAIN_BATCH
    # Each way has a claim of its own, texts and calls before mail: a mail server that takes its time, or hangs after
    # the first mail, holds up nobody who is told by phone, however many mails are owed or however urgent they are.
    texted = _send_all(claim(clock(), limit, by_mail=False), clock)
    return texted + _send_all(claim(clock(), limit, by_mail=True), clock)


def _send_all(claimed: Sequence[Message], clock: Clock) -> int:
    """Send what was claimed, all by one way; return how many were accepted."""
    claimed = [message for message in claimed if not outcomes.kills(message, at=clock())]
    if not claimed:
        return 0
    accepted, hangs = 0, False
    # At the place that each had: what has waited longest stays first of its urgency.
    rest: list[Message] = []
    gone, looked = _gone(claimed, clock()), time.monotonic()
    started = looked
    with left_lying(), claims.for_batch(claimed), channels.MailChannel() as mail:
        packed = parcels.pack(claimed)
        ahead = going_on.Ahead([message for parcel in packed for message in parcel])
        for place, parcel in enumerate(packed):
            began = time.monotonic()
            if hangs or began - started > BATCH_LASTS:
                rest = [message for left in packed[place:] for message in left]
                break
            if began - looked > LOOKED_LASTS:
                left = [message for left in packed[place:] for message in left]
                gone, looked = _gone(left, clock()), time.monotonic()
            sent = _send_or_let_go(parcel, mail, clock, gone=gone, ahead=ahead)
            accepted += sent
            hangs = not sent and time.monotonic() - began > settings.EMAIL_TIMEOUT * HANGS
        claims.put_all_back(rest, until=clock() + outcomes.BACK_OFF if hangs else None)
    return accepted


def _gone(claimed: Sequence[Message], at: datetime) -> Gone:
    """Read what the whole batch says, and whom it goes to; None where a record fails, and each is looked at by itself."""
    try:
        with transaction.atomic():
            emails.preload(claimed, now=at)
            return failures.gone(claimed, at=at)
    except Exception:
        logger.exception("recipients_not_looked_up", messages=len(claimed))
        return None


def _send_or_let_go(
    parcel: Parcel, mail: channels.MailChannel, clock: Clock, *, gone: Gone, ahead: going_on.Ahead
) -> int:
    """Send what goes together; where not even its failure can be written it is let go for a while, and those behind it go."""
    try:
        return _send(parcel, mail, clock, gone=gone, ahead=ahead)
    except Exception as error:
        logger.exception("parcel_not_marked", message=str(parcel[0].pk), wording=parcel[0].wording)
        again = clock() + outcomes.pause(parcel[0].attempts)
        claims.let_go(parcel, until=again, may_be_out=_may_be_out(error))
        return 0


def _may_be_out(error: BaseException | None) -> bool:
    """Whether this was met while it was written down that a server may have the message."""
    while error is not None and not isinstance(error, channels.Uncertain):
        error = error.__context__
    return error is not None


def _send(
    parcel: Parcel, mail: channels.MailChannel, clock: Clock, *, gone: Gone, ahead: going_on.Ahead
) -> int:
    """Send what goes together and mark each; return how many were accepted."""
    now, reader = clock(), parcel[0].recipient
    # All or none: who dies in between leaves no part of a mail behind.
    with transaction.atomic() if len(parcel) > 1 else nullcontext():
        owed = {message.pk: claims.renew(message, now, ahead=ahead) for message in parcel}
    parcel = [message for message in parcel if owed[message.pk] is not None]
    if not parcel or _left_until_morning(parcel, now):
        return 0
    try:
        if gone is None:
            gone = failures.gone(parcel, at=now)
        parcel = [
            message
            for message in parcel
            if outcomes.ready(message, now, owed=bool(owed[message.pk]), gone=message.pk in gone)
        ]
        parcel, listed = _of_today(parcels.left(parcel, reader=reader, at=now), now)
        return _hand_over(parcel, listed, mail, now=now, clock=clock) if parcel else 0
    except channels.Refused as refusal:
        said = [f"{code} {refusal}" for code in refusal.codes.values()]
        theirs = any(channels.names_the_mailbox(one) for one in said)
        outcomes.fail_or_try_again(parcel, str(refusal), by_recipient=theirs, at=clock())
    except channels.Deferred as deferral:
        out = isinstance(deferral, channels.Uncertain)
        outcomes.try_again(parcel, str(deferral), at=clock(), may_be_out=out)
    except Exception as error:
        # A record that fails must not stop the others.
        logger.exception("message_failed", message=str(parcel[0].pk), wording=parcel[0].wording)
        if len(parcel) > 1:
            return sum(
                _send_or_let_go([message], mail, clock, gone=None, ahead=ahead)
                for message in parcels.parted(parcel)
            )
        outcomes.not_written(parcel, f"{type(error).__name__}: {error}", at=clock())
    return 0


def _left_until_morning(parcel: Parcel, now: datetime) -> bool:
    """What could not go by day does not go by night, and until the morning nobody is late with it."""
    if parcel[0].channel == Channel.MAIL or not all(one.wording in tiers.CALM for one in parcel):
        return False
    morning = tiers.by_day(now)
    if morning <= now:
        return False
    for message in parcel:
        claims.put_back(message, until=morning, by_then=True)
    return True


def _of_today(parcel: Parcel, now: datetime) -> tuple[Parcel, Digest | AreaList | None]:
    """The digest that is in the parcel, or the list of an area, written now; where there is nothing to say it is not sent."""
    if parcel and parcel[0].week_date is not None:
        listed = area_lists.read(parcel[0], now=now)
        if not listed.parts:
            claims.mark(parcel[0], MessageStatus.CANCELLED)
        return (parcel, listed) if listed.parts else ([], None)
    of_day = next((message for message in parcel if message.digest_date is not None), None)
    if of_day is None or of_day.user is None:
        return parcel, None
    digest = digests.read(of_day.user, now=now)
    if digest.sections:
        return parcel, digest
    claims.mark(of_day, MessageStatus.CANCELLED)
    return [message for message in parcel if message is not of_day], None


def _hand_over(
    parcel: Parcel,
    listed: Digest | AreaList | None,
    mail: channels.MailChannel,
    *,
    now: datetime,
    clock: Clock,
) -> int:
    parcels.tie(parcel)
    by_mail = parcel[0].channel == Channel.MAIL
    accepted = _mailed(parcel, listed, mail, now) if by_mail else _posted(parcel, now)
    try:
        marked = claims.accept(parcel, accepted, at=clock())
    except Exception as error:
        # Somebody has it, so whoever is told must hear of the end, whatever becomes of the mark.
        raise channels.Uncertain(f"accepted, and not marked: {type(error).__name__}") from error
    # What went at the first try was late for nobody.
    if late := [one for one in parcel if one.status == MessageStatus.SENT and one.attempts > 1]:
        _close_late_calls(late, clock())
    return marked


def _close_late_calls(sent: Parcel, at: datetime) -> None:
    """Behind the mark, which it does not undo: where this fails one call too many is made."""
    try:
        with transaction.atomic():
            late_posts.close_untaken(sent, at=at)
    except Exception:
        logger.exception("late_calls_not_closed", message=str(sent[0].pk))


def _mailed(
    parcel: Parcel, listed: Digest | AreaList | None, mail: channels.MailChannel, now: datetime
) -> Accepted:
    mail.expect()
    if isinstance(listed, AreaList):
        composed = emails.compose_area_list(parcel[0], listed, now=now)
    else:
        composed = emails.compose_together(parcel, listed, now=now)
    response = mail.send(composed.email)
    return Accepted(
        address=str(composed.email["To"]),
        mail_id=str(composed.email["Message-ID"]),
        subject=composed.subject,
        text=composed.text,
        response=response,
    )


def _posted(parcel: Parcel, now: datetime) -> Accepted:
    first = parcel[0]
    text, reference = emails.text_together(parcel, now=now)
    payload = {
        "id": str(first.bundle or first.pk),
        "channel": first.channel,
        "phone": first.phone,
        "reference": reference,
        "rung": first.step,
        "text": text,
    }
    response = channels.post_webhook(payload, at=now)
    return Accepted(address=first.phone, mail_id=payload["id"], text=text, response=response)


def bounce(message_id: uuid.UUID, reason: str, *, at: datetime) -> bool:
    """What was accepted came back: it failed after all, as if the first server had refused it; false when that is known.

    Raises StillSending while the sender has not marked it: the report comes too early and is to be handed in again.
    """
    of_mail = Q(pk=message_id) | Q(bundle=message_id)
    ours = Message.objects.filter(of_mail)
    about = Q(pk__in=ours.values("items__alert__child")) | Q(pk__in=ours.values("journey__child"))
    readers = sorted(set(ours.exclude(user=None).values_list("user", flat=True)))
    with transaction.atomic():
        about |= mail_refusals.given_to(readers)
        list(Child.objects.locked().filter(about).order_by("pk"))
        messages = list(
            Message.objects.filter(of_mail)
            .select_for_update(of=("self",))
            .select_related("mailbox", "user")
            .order_by("created_at", "pk")
        )
        if any(message.status == MessageStatus.SENDING for message in messages):
            raise StillSending(str(message_id))
        error = f"Bounced: {reason or 'no reason given'}"[:300]
        came_back = [message for message in messages if message.status == MessageStatus.SENT]
        for message in came_back:
            message.status, message.sent_at, message.bounced_at = MessageStatus.FAILED, None, at
            message.last_error = error
            message.save(update_fields=["status", "sent_at", "bounced_at", "last_error"])
            failures.note_attempt(message, error, at=at)
        journey_mails.say_failed(came_back, at=at)
        if came_back:
            failures.reach_a_person(came_back[0], beside=came_back[1:], at=at)
            release_calls.phone(came_back, at=at)
            for reader in readers if channels.names_the_mailbox(reason) else ():
                mail_refusals.begin(reader, at=at)
    return bool(came_back)


def delay(message_id: uuid.UUID, reason: str, *, at: datetime) -> bool:
    """A later server holds what was accepted: it may yet arrive, and a person phones; false when that is known.

    What went in one mail is held with it. Raises StillSending as `bounce` does.
    """
    of_mail = Q(pk=message_id) | Q(bundle=message_id)
    with transaction.atomic():
        about = Message.objects.filter(of_mail).values("items__alert__child")
        list(Child.objects.locked().filter(pk__in=about).order_by("pk"))
        messages = list(
            Message.objects.filter(of_mail)
            .select_for_update(of=("self",))
            .select_related("mailbox", "user")
            .order_by("created_at", "pk")
        )
        if any(message.status == MessageStatus.SENDING for message in messages):
            raise StillSending(str(message_id))
        held = [m for m in messages if m.status == MessageStatus.SENT and m.delayed_at is None]
        for message in held:
            message.delayed_at = at
            message.save(update_fields=["delayed_at"])
            failures.note_attempt(message, f"Delayed: {reason or 'no reason given'}", at=at)
            failures.phone_of_delay(message, at=at)
        if held:
            late_posts.phone(held, at=at)
            release_calls.phone(held, at=at, step="late")
    return bool(held)
