"""What is sent about a journey by no rung of a ladder: an escort's link, and that an escort is not to take the child."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from alerts import policies, policy_shelf, recipients
from alerts.models import Channel, DutyTask, Message, MessageKind
from alerts.recipients import Post, Recipient
from alerts.states import MessageStatus
from alerts.urgency import urgency_of
from cases import escort_links, escort_texts, escorts, facts, link_tokens, log
from cases.contacts import KeyTaken
from cases.facts import ChildFacts
from cases.in_charge import authorities
from cases.models import Child, EscortLink, Journey, KeepFrom, Responsibility, User
from cases.states import IllegalMove

logger = structlog.get_logger(__name__)

LINK, BARRED = "escort_link", "journey_barred"
# That the journey is broken off, and nobody takes the child: to an escort, and to a council.
OFF, TOLD_OFF = "escort_off", "journey_off"
POST, STEP = "escort", "barred"
SECOND = "second_person"
BEFORE_POST = "barred_"
DUTY = f"{BEFORE_POST}{Post.DUTY}"
BATCH = 100


def send_link(
    journey: Journey, number: int, channel: str, *, key: uuid.UUID, by: User, at: datetime
) -> Message:
    """Owe the first or second escort a link of their own by mail or text; the one before opens nothing any more.

    `key` is that of the form, and the message's: the same form sent twice is one message. Raises `IllegalMove` for an
    escort without an address, or from whom the child is kept, for a journey that has ended, and for a key whose link
    opens nothing any more.
    """
    if number not in (1, 2) or channel not in (Channel.MAIL, Channel.TEXT):
        raise IllegalMove("A journey has two escorts.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=journey.child_id)
        standing = Message.objects.filter(pk=key).first()
        if standing is not None:
            return _same(standing, journey, number, channel, at)
        _name, phone, mail = Journey.objects.get(pk=journey.pk).escorts[number - 1]
        if channel == Channel.MAIL and not mail:
            raise IllegalMove("No mail address of this escort is in the plan.")
        if channel == Channel.MAIL:
            escorts.require_mail(mail)
        escort_links.ask(journey, number, key=key, by=by, at=at)
        message = Message.objects.create(
            pk=key,
            kind=MessageKind.ALERT,
            wording=LINK,
            step=f"link:{key.hex[:12]}",
            channel=channel,
            post=POST,
            recipient=_recipient(journey, number, channel),
            phone=phone if channel == Channel.TEXT else "",
            journey=journey,
            urgency=urgency_of("R1"),
            owed_at=at,
            created_at=at,
            next_try_at=at,
        )
        data = {"escort": number, "channel": str(channel)}
        log.record(child, "escort_link_sent", subject=journey, data=data, by=by, at=at)
    return message


def address_of(message: Message) -> str:
    """The mail address of the escort whom the message is for; empty where it is for none."""
    if message.journey is None or message.post != POST:
        return ""
    return escort_of(message)[2]


def escort_of(message: Message) -> escorts.Escort:
    """Name, phone and mail address of the escort whom the message is for; ValueError where it is for none."""
    if message.journey is None or message.post != POST:
        raise ValueError(f"message {message.pk} is for no escort")
    return message.journey.escorts[_number(message) - 1]


def issue(message: Message, *, now: datetime) -> tuple[str, str]:
    """Make the token of the link that the message carries, and return its address and the code that is answered to a text.

    Neither is kept.
    """
    token = escort_links.issue(message.pk, at=now)
    code = escort_texts.code_of(link_tokens.hash_of(token))
    return f"{settings.PUBLIC_URL}{reverse('escort_page', args=[token])}", code


def latest(journey: Journey) -> dict[int, Message]:
    """What was sent last to each escort, by the escort's number; an escort who was sent nothing is left out."""
    found: dict[int, Message] = {}
    for message in Message.objects.filter(journey=journey, post=POST).order_by("created_at", "pk"):
        found[_number(message)] = message
    return found


def say_failed(messages: Sequence[Message], *, at: datetime) -> None:
    """Put on the timeline of the locked children that an escort's link did not arrive; whoever made it sees it there.

    Whoever was not reached about an escort who is not to take the child, or about a journey that is broken off, is
    phoned by the desk.
    """
    for message in messages:
        if message.journey is None:
            continue
        child = message.journey.child
        if message.post != POST or message.wording == OFF:
            # Of the text to the second person too: the call that nobody took stands on the desk already.
            if not message.step.startswith((f"{DutyTask.UNTAKEN}:", f"{DutyTask.LAPSED}:")):
                _phone_them(message, child, at)
            continue
        data = {"escort": _number(message), "channel": message.channel}
        log.record(child, "escort_link_failed", subject=message.journey, data=data, by=None, at=at)


def ring_second(tasks: Sequence[DutyTask], *, at: datetime) -> set[int]:
    """Those of these calls that are about an open journey, or one broken off: whoever is next hears. Return which.

    Once for each journey.
    """
    of_these = DutyTask.objects.filter(pk__in=[task.pk for task in tasks])
    of_journeys = of_these.filter(
        Q(message__journey__ended_at=None) | Q(message__wording__in=(OFF, TOLD_OFF))
    )
    untaken: dict[Journey, list[DutyTask]] = defaultdict(list)
    rows = of_journeys.filter(message__journey__isnull=False).select_related("message__journey__child")
    for task in rows.order_by("pk"):
        if task.message is not None and task.message.journey is not None:
            untaken[task.message.journey].append(task)
    loaded = facts.whereabouts([journey.child for journey in untaken])
    directory = recipients.directory(list(loaded.values()), at=at)
    rung: set[int] = set()
    for journey, calls in untaken.items():
        said = Said(journey, SECOND, calls[-1].call_step, min(one.next_at or at for one in calls))
        told = _next_for(journey, calls, loaded[journey.child_id], directory)
        authority_id = directory.authority.get(journey.child_id)
        Message.objects.bulk_create(
            [message_of(said, one, one.post, authority_id, at) for one in told], ignore_conflicts=True
        )
        rung |= {call.pk for call in calls} if told else set()
    return rung


def _next_for(
    journey: Journey, calls: Sequence[DutyTask], child: ChildFacts, directory: recipients.Directory
) -> list[Recipient]:
    """Whoever is second; of calls that somebody took and did not finish the first above them who has not heard of these."""
    groups = [directory.second_for(child)]
    if not all(call.lapsed for call in calls):
        return groups[0]
    said = Message.objects.filter(journey=journey, wording=SECOND)
    told = set(said.values_list("recipient", flat=True))
    ways = (Channel.TEXT, Channel.MAIL)
    groups += [directory.resolve(post, child, ways) for post in (Post.MANAGER, Post.HEAD)]
    holders = {call.taken_by_id for call in calls} - {None}
    fresh = ([one for one in group if one.key not in told and one.user_id not in holders] for group in groups)
    return next((group for group in fresh if group), [])


def tell(*, now: datetime) -> int:
    """Owe duty, worker and manager word of each escort of an open journey whom its child is kept from; return how many.

    Each mark is told: one that is set after another, or anew, was not; and each again where responsibility has passed,
    for those who were told act for the child no more. Of two that do this at once PostgreSQL keeps one row for each
    journey, mark, start of responsibility and reader. One that fails is reported and stops no other.
    """
    found = after = 0
    while marks := list(_untold(now).filter(pk__gt=after)[:BATCH]):
        after = marks[-1].pk
        escorts.remember_names([mark.user for mark in marks])
        journeys = Journey.objects.open().filter(child__in={mark.child_id for mark in marks})
        of_child = {journey.child_id: journey for journey in journeys.select_related("child")}
        begun = dict(Responsibility.objects.at(now).filter(child__in=of_child).values_list("child", "pk"))
        for mark in marks:
            journey = of_child.get(mark.child_id)
            if journey is None or not any(escorts.is_same(one, mark.user) for one in journey.escorts):
                continue
            found += 1
            try:
                _owe(journey, _step_of(mark.pk, begun[mark.child_id]), now)
            except Exception:
                logger.exception("journey_not_told", journey=journey.pk)
    return found


def hand_over(child_ids: Collection[int], *, answer: str, at: datetime) -> None:
    """Responsibility for these locked children has passed: the calls about their journeys end with `answer` at the desk before.

    They are to phone people who act for the child no more, and what is not sent yet goes to none of them; the desk that
    is responsible now is told anew, by `tell`.
    """
    responsible = dict(authorities(child_ids, at))
    calls = DutyTask.objects.open().filter(child__in=child_ids, message__journey__isnull=False)
    astray = [one.pk for one in calls if one.authority_id != responsible[one.child_id or 0]]
    DutyTask.objects.filter(pk__in=astray).update(done_at=at, answer=answer, next_at=None)
    waiting = Message.objects.filter(
        journey__child__in=child_ids, status=MessageStatus.QUEUED, authority__isnull=False
    )
    unsent = [
        pk
        for pk, child_id, authority_id in waiting.values_list("pk", "journey__child", "authority")
        if authority_id != responsible[child_id]
    ]
    Message.objects.filter(pk__in=unsent, status=MessageStatus.QUEUED).update(status=MessageStatus.CANCELLED)


def _untold(now: datetime) -> QuerySet[KeepFrom]:
    """The standing marks of children on a journey of which the desk that is responsible was not told, in order."""
    open_journey = Journey.objects.open().filter(child=OuterRef("child"))
    begun = Responsibility.objects.filter(child=OuterRef("child"), starts_at__lte=now).order_by("-starts_at")
    marked, since = Cast(F("pk"), CharField()), Cast(Subquery(begun.values("pk")[:1]), CharField())
    step = Concat(Value(f"{STEP}:"), marked, Value(":"), since)
    # Of what failed the desk phones; of what was cancelled its reader has left, and whoever stands there now is told.
    told = Message.objects.filter(
        journey__child=OuterRef("child"), journey__ended_at=None, step=OuterRef("step"), post=DUTY
    ).exclude(status=MessageStatus.CANCELLED)
    rows = KeepFrom.objects.alias(step=step).filter(
        Exists(open_journey), ~Exists(told), ends_at=None, child__is_drill=False
    )
    return rows.select_related("user").order_by("pk")


def _step_of(mark_id: int, responsibility_id: int) -> str:
    """Under which a mark is told to the desk whose responsibility began so."""
    return f"{STEP}:{mark_id}:{responsibility_id}"


def _phone_them(message: Message, child: Child, at: datetime) -> None:
    """It is about no alert: the desk of whoever is responsible for the child phones the reader."""
    responsible = Responsibility.objects.at(at).get(child=child)
    DutyTask.objects.get_or_create(
        message=message,
        authority_id=responsible.authority_id,
        defaults={
            "kind": DutyTask.Kind.PHONE_THEM,
            "child": child,
            "urgency": message.urgency,
            "opened_at": at,
            "next_at": at + _untaken_after(child, at),
        },
    )


def _untaken_after(child: Child, at: datetime) -> timedelta:
    """How long the call may stand untaken: by the policy of the calls, by the story's for its children."""
    in_story = policies.demo_untaken_after([child.pk])
    calls = policy_shelf.calls_of_children([child.pk])[child.pk]
    return in_story.get(child.pk, policies.calls_at(calls, at).untaken_after)


def _owe(journey: Journey, step: str, now: datetime) -> None:
    (child,) = facts.whereabouts([journey.child]).values()
    directory = recipients.directory([child], at=now)
    to = directory.resolve(Post.DUTY, child, (Channel.TEXT, Channel.MAIL))
    for post in (Post.WORKER, Post.MANAGER):
        to += directory.resolve(post, child, (Channel.MAIL,))
    authority_id = directory.authority.get(journey.child_id)
    said = Said(journey, BARRED, step, now)
    # Not the post: each has one of their own, and nobody is looked for in the place of whoever has left.
    owed = [
        message_of(said, one, f"{BEFORE_POST}{one.post}", authority_id, now)
        for one in {one.key: one for one in to}.values()
    ]
    Message.objects.bulk_create(owed, ignore_conflicts=True)


@dataclass(frozen=True)
class Said:
    """What somebody is told of a journey, and since when it is owed."""

    journey: Journey
    wording: str
    step: str
    owed_at: datetime


def message_of(said: Said, to: Recipient, post: str, authority_id: int | None, now: datetime) -> Message:
    """Somebody of the council is told this of a journey, on this post."""
    return Message(
        kind=MessageKind.ALERT,
        wording=said.wording,
        step=said.step,
        channel=to.channel,
        post=post,
        recipient=to.key,
        user_id=to.user_id,
        mailbox_id=to.mailbox_id,
        phone=to.phone if to.channel != Channel.MAIL else "",
        authority_id=authority_id,
        journey=said.journey,
        urgency=urgency_of("R1"),
        owed_at=said.owed_at,
        created_at=now,
        next_try_at=now,
    )


def _recipient(journey: Journey, number: int, channel: str) -> str:
    return f"{channel}/escort:{journey.pk}:{number}"


def _number(message: Message) -> int:
    return int(message.recipient.rpartition(":")[2])


def _same(message: Message, journey: Journey, number: int, channel: str, at: datetime) -> Message:
    if message.recipient != _recipient(journey, number, channel):
        raise KeyTaken("This form was sent for another escort.")
    gone = message.status in (MessageStatus.FAILED, MessageStatus.CANCELLED)
    if gone or not EscortLink.objects.live(at).filter(key=message.pk).exists():
        raise IllegalMove(
            "What you sent with this page before opens nothing any more. Press again to send another."
        )
    return message
