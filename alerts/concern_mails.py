"""Word of a guardian's concern: to who supervises them, of a promise not kept to both sides, and of no answer above both."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from alerts import matter_ladder, recipients, tiers
from alerts.models import Channel, Message, MessageKind
from alerts.recipients import Post, Recipient
from alerts.states import MessageStatus
from alerts.urgency import urgency_of
from cases import facts
from cases.models import Child
from guardians import council
from guardians.models import CouncilConcern

logger = structlog.get_logger(__name__)

RAISED, PASSED, AGAIN, HEAD = "raised", *(rung.step for rung in matter_ladder.PROMISE)
# How long after the end of the day of its promise each step is owed.
AFTER = {rung.step: rung.after for rung in matter_ladder.PROMISE}
# The same after the reply day of a concern for which nobody promised one: the council is told of none of it.
AFTER_REPLY = {step: AFTER[step] - AFTER[AGAIN] for step in (AGAIN, HEAD)}
# What the council promised climbs there too, whatever is heard in the guardian's service: to the team's manager again,
# then to the head of service.
COUNCIL_AGAIN, COUNCIL_HEAD = "council_again", "council_head"
OF_COUNCIL = {COUNCIL_AGAIN: Post.MANAGER, COUNCIL_HEAD: Post.HEAD}
AFTER[COUNCIL_AGAIN] = timedelta(days=settings.PROMISE_MANAGER_DAYS)
AFTER[COUNCIL_HEAD] = AFTER[COUNCIL_AGAIN] + timedelta(days=settings.PROMISE_HEAD_DAYS)
# Which step of a promise that nobody answers comes before which.
BEFORE = {AGAIN: PASSED, HEAD: AGAIN, COUNCIL_AGAIN: PASSED, COUNCIL_HEAD: COUNCIL_AGAIN}
NOT_KEPT = "promise_not_kept"
WORDINGS = {RAISED: "concern_raised", PASSED: "promise_passed", **dict.fromkeys(OF_COUNCIL, NOT_KEPT)}
UNANSWERED, NO_REPLY = "promise_unanswered", "concern_unanswered"
POST = "supervisor"
BATCH = 100


def tell(*, now: datetime) -> int:
    """Owe word of each concern that nobody was told of, and of each whose day has passed; return those looked at.

    What nobody answers climbs: whoever supervises the guardian hears again, then the head of their service; of a promise
    the council's own manager and then its head of service, too. Whoever is there to be told only when a later step is
    owed hears that one, and not in the same minute that it was raised.
    Of two that do this at once PostgreSQL keeps one row for each concern, step and reader. One that fails is reported
    and stops no other.
    """
    found = 0
    for step in (*AFTER, RAISED):
        for concern in _each(waiting(step, now)):
            found += 1
            try:
                _owe(concern, step, now)
            except Exception:
                logger.exception("concern_not_told", concern=concern.pk, step=step)
    return found


def _each(rows: QuerySet[CouncilConcern]) -> Iterator[CouncilConcern]:
    """All of them, some at a time: one of which nobody can be told stays among them, and hides none behind it."""
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1].pk


def waiting(step: str, now: datetime) -> QuerySet[CouncilConcern]:
    """The open concerns of which at this step no mail is on its way or has arrived, of children whose case is open.

    No promise to a child who has died climbs: nobody can ask it whether that was kept.
    One that is late with every step, after an outage or an upgrade, climbs by one at a time: whoever heard of the
    step before has as long for an answer as they would have had. Where nobody heard of that one nobody is waited for.
    """
    owed = Q(due_at__lte=now - AFTER[step]) if step in AFTER else Q()
    if step in AFTER_REPLY:
        owed |= Q(due_at=None, recorded_at__lt=council.unanswered_before(now - AFTER_REPLY[step]))
    rows = CouncilConcern.objects.open().filter(owed, child__closed_at=None, child__is_drill=False)
    if step != RAISED:
        rows = rows.filter(Q(due_at=None) | Q(child__in=Child.objects.living().values("pk")))
    if step in BEFORE:
        before = _told(BEFORE[step]).order_by("-created_at").values("created_at")[:1]
        rows = rows.annotate(told_before_at=Subquery(before))
        rows = rows.filter(Q(told_before_at=None) | Q(told_before_at__lte=now - _apart(step)))
    if step == RAISED:
        rows = rows.exclude(Exists(_told(*AFTER).filter(post=POST)))
    return rows.exclude(Exists(_told(step))).select_related("child").order_by("pk")


def _told(*steps: str) -> QuerySet[Message]:
    """The mails of a concern at these steps that are on their way or have arrived."""
    lost = (MessageStatus.FAILED, MessageStatus.CANCELLED)
    return Message.objects.filter(concern=OuterRef("pk"), step__in=steps).exclude(status__in=lost)


def _apart(step: str) -> timedelta:
    return AFTER[step] - AFTER[BEFORE[step]]


def _owe(concern: CouncilConcern, step: str, now: datetime) -> None:
    (child,) = facts.whereabouts([concern.child]).values()
    directory = recipients.directory([child], at=now)
    if step in OF_COUNCIL:
        to = directory.resolve(OF_COUNCIL[step], child, (Channel.MAIL,))
    else:
        of_service = council.heads if step == HEAD else council.supervisors
        to = [Recipient(Post.GUARDIAN, Channel.MAIL, user_id=one.pk) for one in of_service(concern, at=now)]
    if step == PASSED:
        to += _of_council(concern, directory, child, now)
    authority_id = directory.authority.get(concern.child_id)
    owed = [_message(concern, step, one, authority_id, now) for one in dict.fromkeys(to)]
    Message.objects.bulk_create(owed, ignore_conflicts=True)


def _of_council(
    concern: CouncilConcern, directory: recipients.Directory, child: facts.ChildFacts, now: datetime
) -> list[Recipient]:
    """Who hears first of a promise whose day has passed: the social worker, the team's manager, and whoever made it.

    Of a manager who is away whoever acts in their post.
    """
    told = [
        one for post in (Post.WORKER, Post.MANAGER) for one in directory.resolve(post, child, (Channel.MAIL,))
    ]
    owner = council.promiser(concern, at=now)
    if owner is None:
        return told
    authority_id = directory.authority.get(concern.child_id, 0)
    instead = directory.managers.in_place_of(owner.pk, authority_id, concern.child_id)
    known = {one.user_id for one in told}
    owners = [one.pk for one in instead or [owner] if one.pk not in known]
    return told + [Recipient(Post.OWNER, Channel.MAIL, user_id=pk) for pk in owners]


def _message(
    concern: CouncilConcern, step: str, to: Recipient, authority_id: int | None, now: datetime
) -> Message:
    owed_at = concern.recorded_at
    if concern.due_at is not None and step in AFTER:
        owed_at = concern.due_at + AFTER[step]
    elif step in AFTER_REPLY:
        owed_at = council.reply_due(concern.recorded_at) + AFTER_REPLY[step]
    before = getattr(concern, "told_before_at", None)
    if before is not None:
        owed_at = max(owed_at, before + _apart(step))
    return Message(
        kind=MessageKind.ALERT,
        wording=WORDINGS.get(step, NO_REPLY if concern.due_at is None else UNANSWERED),
        step=step,
        channel=to.channel,
        post=POST if to.post == Post.GUARDIAN else to.post,
        recipient=to.key,
        user_id=to.user_id,
        authority_id=authority_id,
        concern=concern,
        # With paper, behind what is owed about a child who may be gone.
        urgency=urgency_of("R2"),
        # Nothing of it cannot wait for the morning.
        owed_at=tiers.by_day(owed_at),
        created_at=now,
        next_try_at=tiers.by_day(now),
    )
