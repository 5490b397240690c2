"""Word that a journey is broken off, to everybody who was told that the child is on the way."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from alerts import recipients, told_by_phone
from alerts.journey_mails import BARRED, LINK, OFF, POST, TOLD_OFF, Said, message_of
from alerts.models import Channel, Message, MessageKind
from alerts.recipients import Post
from alerts.states import MessageStatus
from alerts.urgency import urgency_of
from cases import escorts, facts
from cases.models import Event, Journey, Responsibility, Transfer
from cases.states import TransferStatus

logger = structlog.get_logger(__name__)

STEP = "off"
# To each as one of their own: nobody is looked for in the place of whoever has left.
BEFORE_POST = "off_"
# A journey is over within a day; of one that ended before this was told nobody is told any more.
LATELY = timedelta(days=1)
# The receiver of a transfer reads that the child is on the way.
RECEIVES = ((Post.RECEIVER_DUTY, (Channel.TEXT, Channel.MAIL)), (Post.RECEIVER_MANAGER, (Channel.MAIL,)))


def tell(*, now: datetime) -> int:
    """Owe word of each journey that was broken off to whoever was told of it; return the messages owed.

    Its escorts who were sent a link, less those the child is kept from; who was told that one of them is not to take
    the child; and the council that waits for it. Of two that do this at once PostgreSQL keeps one row for each reader.
    One that fails is reported and stops no other.
    """
    owed = 0
    ended = list(_untold(now))
    barred = escorts.barred_of(ended) if ended else {}
    for journey in ended:
        try:
            found = [*_to_escorts(journey, barred.get(journey.pk, ()), now), *_to_councils(journey, now)]
            heard = set(
                Message.objects.filter(journey=journey, step=STEP).values_list("recipient", flat=True)
            )
            fresh = [one for one in found if one.recipient not in heard]
            owed += len(Message.objects.bulk_create(fresh, ignore_conflicts=True))
        except Exception:
            logger.exception("end_of_journey_not_told", journey=journey.pk)
    return owed


def _untold(now: datetime) -> QuerySet[Journey]:
    """Those that were broken off of late, and of which somebody heard something and not of the end.

    Looked at for each by themselves: what was on its way to one of them may be out only after the others were told.
    """
    over = Message.objects.filter(step=STEP)
    own = over.filter(journey=OuterRef("journey"), recipient=OuterRef("recipient"))
    told = Message.objects.filter(_heard(), ~Exists(own), journey=OuterRef("pk"), wording__in=(LINK, BARRED))
    ways_over = _ways_over(Cast(OuterRef("pk"), TextField())).filter(child=OuterRef("child"))
    on_the_way = _on_the_way().filter(child=OuterRef("child"), left_at__lte=OuterRef("ended_at"))
    waits = over.filter(journey=OuterRef("pk"), post__in=[f"{BEFORE_POST}{post}" for post, _ways in RECEIVES])
    rows = Journey.objects.filter(ended_at__gt=now - LATELY, ended_at__lte=now).exclude(reason="")
    is_there = Q(kind=Journey.Kind.TRANSFER)
    rows = rows.filter(Exists(told) | (is_there & (Exists(ways_over) | Exists(on_the_way)) & ~Exists(waits)))
    return rows.select_related("child").order_by("pk")


def _on_the_way() -> QuerySet[Transfer]:
    """Those who set out after a journey was broken off are on another: of that one nobody waits for them."""
    return Transfer.objects.filter(status=TransferStatus.IN_TRANSIT)


def _ways_over(journey: Cast | str) -> QuerySet[Event]:
    """That a child was on the way to another authority by this journey, and is no more since that was broken off."""
    return Event.objects.filter(kind="transfer_way_over").annotate(of=KT("data__journey")).filter(of=journey)


def _heard() -> Q:
    """Of messages: those that somebody has, or may have, or was told by phone."""
    out = Q(status__in=(MessageStatus.SENT, MessageStatus.SENDING)) | Q(may_be_out=True)
    return out | told_by_phone.PHONED


def _to_escorts(journey: Journey, barred: Sequence[int], now: datetime) -> list[Message]:
    """By each way in which a link of this journey went to an escort."""
    sent = Message.objects.filter(_heard(), journey=journey, wording=LINK, post=POST)
    latest = {one.recipient: one for one in sent.order_by("created_at", "pk")}
    return [
        Message(
            kind=MessageKind.ALERT,
            wording=OFF,
            step=STEP,
            channel=one.channel,
            post=POST,
            recipient=one.recipient,
            phone=one.phone,
            journey=journey,
            urgency=urgency_of("R1"),
            owed_at=journey.ended_at or now,
            created_at=now,
            next_try_at=now,
        )
        for one in latest.values()
        if int(one.recipient.rpartition(":")[2]) not in barred
    ]


def _to_councils(journey: Journey, now: datetime) -> list[Message]:
    """Who of the council that is responsible was told of an escort, and of a transfer the council that waits."""
    (child,) = facts.load([journey.child_id]).values()
    directory = recipients.directory([child], at=now)
    responsible = Responsibility.objects.at(now).get(child=journey.child_id).authority_id
    said = Said(journey, TOLD_OFF, STEP, journey.ended_at or now)
    told = Message.objects.filter(_heard(), journey=journey, wording=BARRED, authority=responsible)
    keys = set(told.values_list("recipient", flat=True))
    own = [
        one
        for post, channels in (
            (Post.DUTY, (Channel.TEXT, Channel.MAIL)),
            (Post.WORKER, (Channel.MAIL,)),
            (Post.MANAGER, (Channel.MAIL,)),
        )
        for one in directory.resolve(post, child, channels)
        if one.key in keys
    ]
    waits = _on_the_way().filter(child=journey.child_id, left_at__lte=journey.ended_at)
    was_waited_for = _ways_over(str(journey.pk)).filter(child=journey.child_id)
    if journey.kind == Journey.Kind.TRANSFER and (waits.exists() or was_waited_for.exists()):
        own += [one for post, channels in RECEIVES for one in directory.resolve(post, child, channels)]
    return [
        message_of(said, one, f"{BEFORE_POST}{one.post}", responsible, now)
        for one in {one.key: one for one in own}.values()
    ]
