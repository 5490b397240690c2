"""Whoever was told by phone because a message to them had failed: they were told, and hear how it ends."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts.models import Alert, Channel, DutyTask, DutyTaskAlert, Message, MessageItem, MessageKind
from alerts.posts import LISTED, Post
from alerts.states import MessageStatus
from cases.models import EpisodeForce

# Of messages: those of which a call of their own told the reader, or may have.
PHONED = Q(pk__in=DutyTask.objects.made().values("message"))
# Of items: those so late that somebody was asked to phone instead, here or at a later server, and that have told nobody yet.
_HELD_UP = Q(message__status__in=(MessageStatus.QUEUED, MessageStatus.SENDING)) | Q(
    message__delayed_at__isnull=False
)
# A desk is one reader, by whichever phone and mailbox.
_SAME_DESK = Q(task__message__post=Post.DUTY) & Q(task__message__post=OuterRef("message__post"))
_SAME_PERSON = Q(task__message__user=OuterRef("message__user"))
_SAME_READER = Q(task__message__recipient=OuterRef("recipient")) | _SAME_PERSON | _SAME_DESK
# One that closed with no call had none of it, and has no taker.
_NOT_OVER = Q(task__done_at=None) | Q(
    task__done_at__gte=OuterRef("message__created_at"), task__done_by__isnull=False
)
_ALL_TEXTS = Q(task__step=DutyTask.GATEWAY)
_CALLS = DutyTaskAlert.objects.filter(_NOT_OVER, alert=OuterRef("alert"), task__kind=DutyTask.Kind.PHONE_THEM)
# Of items: a text that a call to all who wait for one is about as well.
_TEXTED = ~Q(message__channel=Channel.MAIL) & Q(message__post__in=LISTED)
_ASKED = Q(Exists(_CALLS.filter(_SAME_READER))) | _TEXTED & Q(Exists(_CALLS.filter(_ALL_TEXTS)))
# A call may be about another message to the same reader, which this one waits beside: it was tried before then.
_WAITED = Q(message__attempts__gt=1) | Q(message__delayed_at__isnull=False)
LATE = _HELD_UP & _WAITED & _ASKED


def heard(items: Sequence[MessageItem]) -> list[MessageItem]:
    """Those of these items that told their reader, by whatever way."""
    # A message in flight counts as told, and so does one whose last try may have gone out.
    out = (MessageStatus.SENT, MessageStatus.SENDING)
    told = [item for item in items if item.message.status in out or item.message.may_be_out]
    return [*told, *among(items, told)]


def among(items: Sequence[MessageItem], told: Collection[MessageItem]) -> list[MessageItem]:
    """Those of these items of which the message failed, or was still late, and the reader was told by phone all the same.

    Not a person who is among the `told`: they hear the end by the way that worked. Nor the force that closed the search.
    """
    failed = [item for item in items if _is_not_out(item.message) and item not in told]
    if not failed:
        return []
    reached = _called(failed) | _spoken_to(failed)
    by_another_way = {(item.alert_id, item.message.user_id) for item in told if item.message.user_id}
    return [
        item
        for item in failed
        if item.pk in reached
        and (item.alert_id, item.message.user_id) not in by_another_way
        and not _has_closed(item)
    ]


def is_told(ending: Message, before: Sequence[Message]) -> bool:
    """Whether one of the messages `before` that this one ends failed, and its reader was told by phone."""
    failed = [message.pk for message in before if _is_not_out(message)]
    if not failed:
        return False
    if ending.home_alert_id is not None:
        return Message.objects.filter(PHONED, pk__in=failed).exists()
    items = MessageItem.objects.filter(message__in=failed, alert__in=ending.items.values("alert"))
    return bool(among(list(items.select_related("message", "alert__episode")), ()))


def without_ending(over: "QuerySet[Alert]") -> Iterator[int]:
    """Of these ended alerts, by id, those of which somebody was told by phone and owed no ending, by whatever way."""
    failed = MessageItem.objects.filter(alert__in=over, message__status=MessageStatus.FAILED)
    items = MessageItem.objects.filter(alert__in=failed.values("alert")).order_by("alert", "pk")
    rows = items.select_related("message", "alert__episode")
    for alert_id, group in groupby(rows, key=lambda item: item.alert_id):
        own = list(group)
        heard = {who for item in own if item.step.startswith("ending") for who in _who(item)}
        before = [item for item in own if item.kind != MessageKind.ENDING]
        told = [item for item in before if item.message.status == MessageStatus.SENT]
        if any(heard.isdisjoint(_who(item)) for item in among(before, told)):
            yield alert_id


def _is_not_out(message: Message) -> bool:
    """What the end called off may have been phoned because it was late; a force that left the search hears no more of it."""
    called_off = message.status == MessageStatus.CANCELLED and message.force_id is None
    return called_off or message.status == MessageStatus.FAILED


def _who(item: MessageItem) -> set[object]:
    """The reader, as a force or a person too: a mailbox may have been replaced between."""
    message = item.message
    of_either = {("force", message.force_id), ("user", message.user_id)} - {("force", None), ("user", None)}
    return {item.recipient, *of_either}


def _called(items: Sequence[MessageItem]) -> set[int]:
    """By a call to them about the same alert: what waits for one reader is one call, by whatever way."""
    made = DutyTaskAlert.objects.filter(
        task__in=DutyTask.objects.made(), alert__in={item.alert_id for item in items}
    )
    rows = list(made.values_list("alert", "task__message__recipient", "task__message__user"))
    calls = {(alert, recipient) for alert, recipient, _user in rows}
    of_all = set(made.filter(_ALL_TEXTS).values_list("alert", flat=True))
    texted = {item.pk for item in items if item.alert_id in of_all and is_texted(item.message)}
    people = {(alert, user) for alert, _recipient, user in rows if user is not None}
    return texted | {
        item.pk
        for item in items
        if (item.alert_id, item.recipient) in calls or (item.alert_id, item.message.user_id) in people
    }


def is_texted(message: Message) -> bool:
    """Whether it is a text to somebody whom a call to all who wait for one is about as well."""
    return message.channel != Channel.MAIL and message.post in LISTED


def _spoken_to(items: Sequence[MessageItem]) -> set[int]:
    """By whoever wrote down its officer, on whatever line they were."""
    of_forces = [item for item in items if item.message.force_id is not None]
    if not of_forces:
        return set()
    spoken = EpisodeForce.objects.filter(episode__in={item.alert.episode_id for item in of_forces})
    known = set(spoken.exclude(officer="").values_list("episode", "force"))
    return {item.pk for item in of_forces if (item.alert.episode_id, item.message.force_id) in known}


def _has_closed(item: MessageItem) -> bool:
    episode, force_id = item.alert.episode, item.message.force_id
    return episode is not None and force_id is not None and episode.police_closed_force_id == force_id
