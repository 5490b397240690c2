"""What becomes of a claimed message that is not simply sent: looked at again, tried again, or failed."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from alerts import (
    claims,
    emails,
    emptied,
    failures,
    journey_mails,
    late_posts,
    outbox,
    release_calls,
    release_mails,
    tiers,
    told_by_phone,
)
from alerts.call_ladder import CALL_STEPS
from alerts.models import Channel, Message, MessageKind
from alerts.posts import POLICE, TOLD, Post
from alerts.schedule import Step
from alerts.states import GONE, MessageStatus
from cases import attempts, mail_refusals
from cases.deadlines import london_day
from cases.models import Child

logger = structlog.get_logger(__name__)

# A passing failure is tried again after 5, 10, 20 … seconds, at most 5 minutes apart, with jitter.
BACK_OFF = timedelta(seconds=5)
BACK_OFF_AT_MOST = timedelta(minutes=5)
# An ending waits so long for the message that it ends, while that one is being sent.
ENDING_WAITS = timedelta(seconds=2)
# A police mail that no server has taken for so long is phoned, and goes on being tried.
DEFERRED_AT_MOST = timedelta(minutes=10)
# Endings that are news to their readers.
_NEWS = (outbox.DIED, outbox.UNSAID, outbox.OWN_ENDING)
# Calls about word of an end that did not arrive: owed to whoever is to make them, be it that they heard of nothing before.
ABOUT_AN_END = frozenset({"duty_phone_them", "second_person", "duty_after_end"})
# With one message so many senders may die: it is phoned then.
LAPSES_AT_MOST = 5
KILLS = "The sender ended each time in the middle of this message"
# What whoever counts failures hears of each message that failed for good.
FAILED = "message_failed"
# One that could not be written so often will not be: nobody waits ten minutes for it.
UNWRITTEN_AT_MOST = 2
# One that is not for a force has failed then: about a minute after its first try, whoever it is for hears another way.
UNWRITTEN_FAILS = 5


def ready(message: Message, now: datetime, *, owed: bool, gone: bool) -> bool:
    """Look again before sending: still owed, and somebody still there; else mark it and say no."""
    if message.kind == MessageKind.ENDING:
        if _told_this_moment(message):
            claims.mark(message, MessageStatus.QUEUED, next_try_at=now + ENDING_WAITS)
            return False
        before = _ended_by(message)
        told = any(m.status == MessageStatus.SENT or m.may_be_out for m in before)
        told = told or told_by_phone.is_told(message, before)
        # Addressed to another meanwhile, and tried: it was owed when it was.
        told = told or (not before and bool(message.last_error or message.may_be_out))
        # A death is told to whoever is rung of it, and the end to whoever acted, be it that nothing was told before.
        owed = told or message.step in _NEWS or message.wording in ABOUT_AN_END
    if not owed or _is_end_for_nobody(message, now) or _is_over(message, now, gone=gone):
        claims.mark(message, MessageStatus.CANCELLED)
        return False
    if not gone:
        return True
    lack = failures.readdressed(message, at=now)
    emails.forget(message)
    if lack in (failures.Lack.TOLD, failures.Lack.LEFT) or (
        lack is not None and _is_waited_for_by_nobody(message)
    ):
        # Nobody waits for worker and guardian: whoever has left, or is kept from the child, is not to be phoned.
        claims.mark(message, MessageStatus.CANCELLED)
        if lack is failures.Lack.TOLD and _is_of_rung(message) and message.post not in TOLD:
            _nobody_else_is_left(message, at=now)
    elif lack is not None and _is_of_rung(message):
        _rung_is_empty(message, at=now)
    elif lack is not None:
        fail([message], GONE, at=now)
    return lack is None


def _is_waited_for_by_nobody(message: Message) -> bool:
    """Who is told beside the ladder; of an end a home where everybody is kept from the child, and whoever is mailed of it too."""
    if message.post in TOLD or message.kind != MessageKind.ENDING:
        return message.post in TOLD
    if message.post == Post.HOME or message.user is None or message.user.phone == message.phone:
        return message.post == Post.HOME
    # Their number was taken away, and nobody else has the post: the mail tells them.
    alerts = message.items.values("alert")
    mailed = Message.objects.filter(kind=MessageKind.ENDING, user=message.user_id, channel=Channel.MAIL)
    return mailed.filter(items__alert__in=alerts).exists()


def _is_of_rung(message: Message) -> bool:
    """Whether it tells a post of the council of a rung, or of a call step: of an empty one the desk is asked, and of no force."""
    is_alert = message.kind == MessageKind.ALERT and message.home_alert_id is None
    return is_alert and message.step in {*Step, *CALL_STEPS} and message.post not in POLICE


def _nobody_else_is_left(message: Message, *, at: datetime) -> None:
    """Others stand there; where what they were sent has failed too the next rung waits for nobody."""
    with transaction.atomic():
        _lock_children([message])
        emptied.go_on(message, at=at)


def _lock_children(messages: Sequence[Message]) -> None:
    """Children first, as everywhere: the next rung may be owed now."""
    about = Message.objects.filter(pk__in=[message.pk for message in messages]).values("items__alert__child")
    list(Child.objects.locked().filter(pk__in=about).order_by("pk"))


def _rung_is_empty(message: Message, *, at: datetime) -> None:
    with transaction.atomic():
        _lock_children([message])
        if claims.mark(message, MessageStatus.FAILED, last_error=GONE):
            emptied.look_why(message, at=at)


def _is_end_for_nobody(message: Message, now: datetime) -> bool:
    """Word of an end to a force that has ended: whichever took over was alerted in its place, and hears it."""
    if message.kind != MessageKind.ENDING or message.force is None:
        return False
    return message.force.has_ended(london_day(now))


def _is_over(message: Message, now: datetime, *, gone: bool) -> bool:
    """Whether it is for this reader alone, and the reader is gone or its time has passed."""
    if message.change_id is not None:
        # The account is closed since, or the senior has left: it is nobody's to object to.
        return gone
    is_of_release = message.wording in release_mails.WORDINGS
    if message.concern_id is not None or message.assignment_id is not None or is_of_release:
        # Each supervisor, worker, manager and mailbox has one of their own, or is owed one once it stands there.
        return gone
    if message.journey_id is not None:
        # Each of them has one of their own, and an escort's post is nobody else's.
        return gone
    if message.digest_date is not None:
        # Nobody else is owed the list of somebody who has left, and nobody the list of a day that has passed.
        return gone or message.digest_date < london_day(now)
    if message.week_date is not None:
        # The mailbox is nobody's any more, or the list of the next week is owed already.
        this_week = tiers.week_owed(settings.AREA_LIST_AT, now=now)
        return gone or message.week_date < london_day(this_week)
    return False


def _told_this_moment(ending: Message) -> bool:
    return any(message.status == MessageStatus.SENDING for message in _ended_by(ending))


def _ended_by(ending: Message) -> list[Message]:
    """The messages to the same recipient that an ending ends."""
    if ending.home_alert_id is not None:
        of_home = Message.objects.filter(home_alert=ending.home_alert_id, recipient=ending.recipient)
        return list(of_home.exclude(kind=MessageKind.ENDING))
    if ending.matter_id is not None:
        of_matter = Message.objects.filter(matter=ending.matter_id, recipient=ending.recipient)
        return list(of_matter.exclude(kind=MessageKind.ENDING))
    alerts = ending.items.values("alert")
    told = Message.objects.filter(items__alert__in=alerts, recipient=ending.recipient)
    return list(told.exclude(kind=MessageKind.ENDING).distinct())


def pause(attempts: int) -> timedelta:
    """How long after so many tries the next one waits."""
    waits = min(BACK_OFF * 2 ** min(attempts - 1, 10), BACK_OFF_AT_MOST)
    return waits * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, no secret


def try_again(
    parcel: Sequence[Message], error: str, *, at: datetime, may_be_out: bool = False, unwritten: bool = False
) -> None:
    """Give what was not taken back to the queue, to be tried again after a pause that grows.

    `unwritten` is what failed here, before any server was asked.
    """
    again, put_back, is_late = at + pause(parcel[0].attempts), list[Message](), False
    with transaction.atomic():
        for message in parcel:
            out = message.may_be_out or may_be_out
            marked = claims.mark(
                message,
                MessageStatus.QUEUED,
                next_try_at=again,
                last_error=error[:300],
                may_be_out=out,
                # What is surely not out may go with others the next time.
                bundle=message.bundle if out else None,
            )
            if marked:
                put_back.append(message)
                failures.note_attempt(message, error, at=at)
                hopeless = unwritten and message.attempts >= UNWRITTEN_AT_MOST
                if hopeless or at - message.owed_at >= DEFERRED_AT_MOST:
                    failures.phone_of_delay(message, at=at)
                    release_calls.phone([message], at=at, step="late")
                    is_late = True
    # What waits in one mail is as late as the first of it.
    _phone_posts(put_back if is_late else (), at=at)


def _phone_posts(late: Sequence[Message], *, at: datetime) -> None:
    """In a commit of its own, behind the mark: what cannot be asked now is asked at the next try, and stops no other."""
    waited_for = [message for message in late if late_posts.is_waited_for(message)]
    if not waited_for:
        return
    try:
        with transaction.atomic():
            _lock_children(waited_for)
            late_posts.phone(waited_for, at=at)
    except Exception:
        logger.exception("delay_not_phoned", message=str(waited_for[0].pk))
        attempts.count("delay_not_phoned")


def not_written(parcel: Sequence[Message], error: str, *, at: datetime) -> None:
    """It failed here, before any server was asked: it is tried again, and in the end refused by us as by a server for good.

    Of a force it goes on being tried: duty has phoned it by then, and its mailbox is nowhere at fault.
    """
    if parcel[0].attempts >= UNWRITTEN_FAILS and parcel[0].post not in POLICE:
        fail_or_try_again(parcel, error, at=at)
    else:
        try_again(parcel, error, at=at, unwritten=True)


def fail_or_try_again(
    parcel: Sequence[Message], error: str, *, by_recipient: bool = False, at: datetime
) -> None:
    """Refused for good, which is written down; what cannot be written now is tried again."""
    try:
        fail(parcel, error, by_recipient=by_recipient, at=at)
    except Exception:
        # The refusal is said again at the next try; what could not be written now must not stop the others.
        logger.exception("failure_not_recorded", message=str(parcel[0].pk), wording=parcel[0].wording)
        try_again(parcel, error, at=at)


def kills(message: Message, *, at: datetime) -> bool:
    """Give up a claimed message with which senders have died again and again, before it is so much as read."""
    if message.lapses < LAPSES_AT_MOST:
        return False
    try:
        fail([message], KILLS, at=at)
    except Exception:
        logger.exception("message_that_kills_not_failed", message=str(message.pk))
        claims.let_go([message], until=at + BACK_OFF_AT_MOST, may_be_out=True)
    return True


def fail(parcel: Sequence[Message], error: str, *, by_recipient: bool = False, at: datetime) -> None:
    """A permanent refusal reaches a person by another path, in the same commit.

    `by_recipient` where the reader's own address was refused, and not the mail as such.
    """
    readers = sorted({m.user_id for m in parcel if m.user_id is not None}) if by_recipient else []
    with transaction.atomic():
        # Children first, as everywhere: the next rung may be owed now.
        ours = Message.objects.filter(pk__in=[m.pk for m in parcel])
        about = Q(pk__in=ours.values("items__alert__child")) | Q(pk__in=ours.values("journey__child"))
        if readers:
            about |= mail_refusals.given_to(readers)
        list(Child.objects.locked().filter(about).order_by("pk"))
        failed = [m for m in parcel if claims.mark(m, MessageStatus.FAILED, last_error=error[:300])]
        for message in failed:
            failures.note_attempt(message, error, at=at)
        journey_mails.say_failed(failed, at=at)
        if failed:
            failures.reach_a_person(failed[0], beside=failed[1:], at=at)
            release_calls.phone(failed, at=at)
            for reader in readers:
                mail_refusals.begin(reader, at=at)
    for _message in failed:
        attempts.count(FAILED)
