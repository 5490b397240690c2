"""Shifts that nobody has taken, and ends of shifts after which nobody stands on the rota.

The manager hears an hour before, and who stands above where the manager cannot be told.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from alerts import recipients
from alerts.models import Channel, Message, MessageKind
from alerts.recipients import Directory, Post, Recipient
from alerts.states import MessageStatus
from alerts.urgency import urgency_of
from cases import attempts
from cases.models import Reach, Shift

# A shift that is untaken so long before it begins is told of, and one that runs at once.
TOLD_BEFORE = timedelta(hours=1)
STEP = "untaken"
# Of a gap that begins in the hour, or in which nobody is on duty now.
GAP = "gap"
_WORDINGS = {STEP: "manager_untaken", GAP: "manager_gap"}
# From the manager up, each where nobody before could be told.
_POSTS = ((Post.MANAGER, Reach.TEAM), (Post.HEAD, Reach.SERVICE), (Post.DIRECTOR, Reach.DIRECTORATE))


def tell(*, now: datetime) -> int:
    """Owe word of every untaken shift that begins within the hour or runs, once for each person; return the messages owed."""
    return _tell(untold(now), STEP, now)


def tell_of_gaps(*, now: datetime) -> int:
    """Owe word of every gap in a rota that begins within the hour or is now, once for each; return the messages owed."""
    ending = Shift.objects.before_gap(now, until=now + TOLD_BEFORE).exclude(Exists(_live(GAP)))
    return _tell(ending.select_related("team").order_by("ends_at", "pk"), GAP, now)


def untold(now: datetime) -> QuerySet[Shift]:
    """Those of which no message is on its way or has arrived: one that failed leaves the next above to be told."""
    untaken = Shift.objects.untaken(since=now, until=now + TOLD_BEFORE + timedelta(seconds=1))
    return untaken.exclude(Exists(_live(STEP))).select_related("team").order_by("starts_at", "pk")


def _live(step: str) -> QuerySet[Message]:
    return Message.objects.filter(shift=OuterRef("pk"), step=step).exclude(
        status__in=(MessageStatus.FAILED, MessageStatus.CANCELLED)
    )


def _tell(found: QuerySet[Shift], step: str, now: datetime) -> int:
    """Each in a commit of its own: one that cannot be told of silences no other."""
    keys = list(found.values_list("pk", flat=True))
    return attempts.each(
        keys, lambda pk: _tell_of(found.filter(pk=pk), step, now), fault=f"shift_not_told_{step}"
    )


def _tell_of(found: QuerySet[Shift], step: str, now: datetime) -> int:
    with transaction.atomic():
        shift = found.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
        if shift is None:
            return 0
        directory = recipients.desks({shift.team.authority_id}, at=now)
        tried = Message.objects.filter(shift=shift, step=step)
        known = {(shift.pk, key) for key in tried.values_list("recipient", flat=True)}
        owed = [
            _message(shift, step, recipient, now, again=bool(known))
            for recipient in _next(shift, directory, known)
        ]
        Message.objects.bulk_create(owed, ignore_conflicts=True)
    return len(owed)


def _next(
    shift: Shift, directory: Directory, known: Collection[tuple[int | None, str]]
) -> Sequence[Recipient]:
    """The first post above the desk on which somebody stands who has not been tried."""
    for post, reach in _POSTS:
        found = [
            recipient
            for person in directory.managers.acting(reach, shift.team.authority_id, None)
            for recipient in _ways(post, person.pk, person.phone)
            if (shift.pk, recipient.key) not in known
        ]
        if found:
            return list({recipient.key: recipient for recipient in found}.values())
    return ()


def _ways(post: Post, user_id: int, phone: str) -> Iterable[Recipient]:
    yield Recipient(post, Channel.MAIL, user_id=user_id)
    if phone:
        yield Recipient(post, Channel.TEXT, user_id=user_id, phone=phone)


def _message(shift: Shift, step: str, recipient: Recipient, at: datetime, *, again: bool) -> Message:
    begins = shift.starts_at if step == STEP else shift.ends_at or at
    return Message(
        kind=MessageKind.ALERT,
        wording=_WORDINGS[step],
        step=step,
        channel=recipient.channel,
        post=recipient.post,
        recipient=recipient.key,
        user_id=recipient.user_id,
        phone=recipient.phone if recipient.channel != Channel.MAIL else "",
        authority_id=shift.team.authority_id,
        shift=shift,
        # Behind what is owed about a child who may be gone, before what only informs.
        urgency=urgency_of("R2"),
        owed_at=at if again else min(at, begins - TOLD_BEFORE),
        created_at=at,
        next_try_at=at,
    )
