"""Word of what a guardian holds against the council: to who supervises them, and of a promise that nobody kept to both sides."""

from datetime import datetime

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts import recipients
from alerts.models import Channel, Message, MessageKind
from alerts.recipients import Post, Recipient
from alerts.states import MessageStatus
from alerts.urgency import urgency_of
from cases import facts
from guardians import council
from guardians.models import CouncilConcern

logger = structlog.get_logger(__name__)

RAISED, PASSED = "raised", "promise"
POST = "supervisor"
BATCH = 100


def tell(*, now: datetime) -> int:
    """Owe word of each concern that nobody was told of, and of each promise whose day has passed; return those looked at.

    Of two that do this at once PostgreSQL keeps one row for each concern, step and reader. One that fails is reported
    and stops no other.
    """
    found = 0
    for step in (RAISED, PASSED):
        for concern in waiting(step, now)[:BATCH]:
            found += 1
            try:
                _owe(concern, step, now)
            except Exception:
                logger.exception("concern_not_told", concern=concern.pk, step=step)
    return found


def waiting(step: str, now: datetime) -> QuerySet[CouncilConcern]:
    """The open concerns of which at this step no mail is on its way or has arrived, of children whose case is open."""
    told = Message.objects.filter(concern=OuterRef("pk"), step=step).exclude(
        status__in=(MessageStatus.FAILED, MessageStatus.CANCELLED)
    )
    owed = Q(due_at__lte=now) if step == PASSED else Q()
    rows = CouncilConcern.objects.open().filter(owed, child__closed_at=None, child__is_drill=False)
    return rows.exclude(Exists(told)).select_related("child").order_by("pk")


def _owe(concern: CouncilConcern, step: str, now: datetime) -> None:
    (child,) = facts.whereabouts([concern.child]).values()
    directory = recipients.directory([child], at=now)
    to = [
        Recipient(Post.GUARDIAN, Channel.MAIL, user_id=one.pk) for one in council.supervisors(concern, at=now)
    ]
    if step == PASSED:
        for post in (Post.WORKER, Post.MANAGER):
            to += directory.resolve(post, child, (Channel.MAIL,))
    authority_id = directory.authority.get(concern.child_id)
    owed = [_message(concern, step, one, authority_id, now) for one in dict.fromkeys(to)]
    Message.objects.bulk_create(owed, ignore_conflicts=True)


def _message(
    concern: CouncilConcern, step: str, to: Recipient, authority_id: int | None, now: datetime
) -> Message:
    due_at = concern.due_at if step == PASSED else None
    return Message(
        kind=MessageKind.ALERT,
        wording="promise_passed" if step == PASSED else "concern_raised",
        step=step,
        channel=to.channel,
        post=POST if to.post == Post.GUARDIAN else to.post,
        recipient=to.key,
        user_id=to.user_id,
        authority_id=authority_id,
        concern=concern,
        # With paper, behind what is owed about a child who may be gone.
        urgency=urgency_of("R2"),
        owed_at=due_at or concern.recorded_at,
        created_at=now,
        next_try_at=now,
    )
