"""Shifts that nobody has taken: the manager hears an hour before, and who stands above where the manager cannot be told."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from alerts import recipients
from alerts.models import Channel, Message, MessageKind
from alerts.recipients import Directory, Post, Recipient
from alerts.states import MessageStatus
from alerts.urgency import urgency_of
from cases.models import Reach, Shift

# A shift that is untaken so long before it begins is told of, and one that runs at once.
TOLD_BEFORE = timedelta(hours=1)
STEP = "untaken"
# From the manager up, each where nobody before could be told.
_POSTS = ((Post.MANAGER, Reach.TEAM), (Post.HEAD, Reach.SERVICE), (Post.DIRECTOR, Reach.DIRECTORATE))


def tell(*, now: datetime) -> int:
    """Owe word of every untaken shift that begins within the hour or runs, once for each person; return the messages owed."""
    with transaction.atomic():
        shifts = list(untold(now).select_for_update(skip_locked=True, of=("self",), no_key=True))
        if not shifts:
            return 0
        directory = recipients.desks({shift.team.authority_id for shift in shifts}, at=now)
        known = set(Message.objects.filter(shift__in=shifts).values_list("shift", "recipient"))
        owed = [
            _message(shift, recipient, now, again=any(shift.pk == pk for pk, _key in known))
            for shift in shifts
            for recipient in _next(shift, directory, known)
        ]
        Message.objects.bulk_create(owed, ignore_conflicts=True)
    return len(owed)


def untold(now: datetime) -> QuerySet[Shift]:
    """Those of which no message is on its way or has arrived: one that failed leaves the next above to be told."""
    live = Message.objects.filter(shift=OuterRef("pk")).exclude(
        status__in=(MessageStatus.FAILED, MessageStatus.CANCELLED)
    )
    untaken = Shift.objects.untaken(since=now, until=now + TOLD_BEFORE + timedelta(seconds=1))
    return untaken.exclude(Exists(live)).select_related("team").order_by("starts_at", "pk")


def _next(
    shift: Shift, directory: Directory, known: Collection[tuple[int | None, str]]
) -> Sequence[Recipient]:
    """The first post above the desk on which somebody stands who has not been tried."""
    for post, reach in _POSTS:
        found = [
            recipient
            for membership in directory.managers[shift.team.authority_id, reach]
            for recipient in _ways(post, membership.user_id, membership.user.phone)
            if (shift.pk, recipient.key) not in known
        ]
        if found:
            return list({recipient.key: recipient for recipient in found}.values())
    return ()


def _ways(post: Post, user_id: int, phone: str) -> Iterable[Recipient]:
    yield Recipient(post, Channel.MAIL, user_id=user_id)
    if phone:
        yield Recipient(post, Channel.TEXT, user_id=user_id, phone=phone)


def _message(shift: Shift, recipient: Recipient, at: datetime, *, again: bool) -> Message:
    return Message(
        kind=MessageKind.ALERT,
        wording="manager_untaken",
        step=STEP,
        channel=recipient.channel,
        post=recipient.post,
        recipient=recipient.key,
        user_id=recipient.user_id,
        phone=recipient.phone if recipient.channel != Channel.MAIL else "",
        authority_id=shift.team.authority_id,
        shift=shift,
        # Behind what is owed about a child who may be gone, before what only informs.
        urgency=urgency_of("R2"),
        owed_at=at if again else min(at, shift.starts_at - TOLD_BEFORE),
        created_at=at,
        next_try_at=at,
    )
