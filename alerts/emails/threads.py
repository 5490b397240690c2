"""Threads of mails: the first one to the same recipient on the same episode or alert, which the later ones follow.

One that never went is followed by none: what goes in its place is itself the first.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from alerts.call_ladder import CALL_STEPS
from alerts.models import Channel, Message, MessageItem, MessageKind
from alerts.schedule import Step
from alerts.states import MessageStatus

# The first steps of an alert, each to other recipients.
FIRST_STEPS = (Step.R0, Step.R1)
# A server has these, or may have: one in hand goes out with the others of its batch.
_GONE = (MessageStatus.SENT, MessageStatus.SENDING)
_OUT = Q(status__in=_GONE) | Q(may_be_out=True)


def never_went(root: Message | None) -> bool:
    """Whether this first mail, read with its batch, was not taken after all."""
    return root is not None and root.status not in _GONE and not root.may_be_out


def root_of(message: Message) -> Message | None:
    """The first mail to the same recipient on the same episode or alert, unless `message` is that itself."""
    if not _may_follow(message):
        return None
    if _is_first(message):
        return _of_earlier_search(message)
    earlier = Message.objects.filter(_OUT, channel=Channel.MAIL, recipient=message.recipient)
    earlier = earlier.exclude(kind=MessageKind.ENDING)
    earlier = earlier.filter(created_at__lte=message.created_at).order_by("created_at", "pk")
    first = None
    if message.home_alert_id is not None:
        first = earlier.filter(home_alert=message.home_alert_id).first()
    elif message.episode_id is not None:
        first = earlier.filter(episode=message.episode_id).first()
    if first is None and (message.episode_id is None or message.kind == MessageKind.ENDING):
        alerts = [item.alert_id for item in message.told]
        first = earlier.filter(items__alert__in=alerts).first()
    return first if first is not None and _is_before(first, message) else None


def roots_of(messages: Sequence[Message]) -> dict[UUID, Message]:
    """The same for a batch in two queries; those without an earlier mail are left out."""
    mails = [message for message in messages if _may_follow(message)]
    first = Message.objects.filter(_OUT, channel=Channel.MAIL).exclude(kind=MessageKind.ENDING)
    episodes = {message.episode_id for message in mails if message.episode_id is not None}
    of_episode = {
        (root.episode_id, root.recipient): root
        for root in first.filter(episode__in=episodes)
        .order_by("episode_id", "recipient", "created_at", "pk")
        .distinct("episode_id", "recipient")
    }
    of_alert = _first_of_alerts([message for message in mails if message.episode_id is None])
    roots = {}
    for message in mails:
        if message.episode_id is not None:
            found = [of_episode.get((message.episode_id, message.recipient))]
        else:
            found = [of_alert.get((item.alert_id, message.recipient)) for item in message.told]
        earlier = [root for root in found if root is not None]
        root = min(earlier, key=lambda m: (m.created_at, m.pk), default=message)
        # A first mail answers one of an earlier search, and none of its own instant.
        if _is_before(root, message) and not (_is_first(message) and root.created_at >= message.created_at):
            roots[message.pk] = root
    return roots


def _is_before(root: Message, message: Message) -> bool:
    return (root.created_at, root.pk) < (message.created_at, message.pk)


def _first_of_alerts(mails: Sequence[Message]) -> dict[tuple[int, str], Message]:
    if not mails:
        return {}
    out = Q(message__status__in=_GONE) | Q(message__may_be_out=True)
    rows = (
        MessageItem.objects.filter(
            out,
            alert__in={item.alert_id for message in mails for item in message.told},
            message__channel=Channel.MAIL,
        )
        .exclude(kind=MessageKind.ENDING)
        .select_related("message")
        .order_by("message__created_at", "message")
    )
    first: dict[tuple[int, str], Message] = {}
    for row in rows:
        first.setdefault((row.alert_id, row.message.recipient), row.message)
    return first


def _may_follow(message: Message) -> bool:
    """Whether an earlier mail can have gone to this recipient; of a first rung none can."""
    alone = message.channel != Channel.MAIL or message.outage_id is not None or message.shift_id is not None
    alone = alone or message.matter_id is not None or message.change_id is not None
    alone = alone or message.week_date is not None or message.concern_id is not None
    alone = alone or message.assignment_id is not None
    alone = alone or message.journey_id is not None
    return not alone and not (message.episode_id is None and _is_first(message))


def _of_earlier_search(message: Message) -> Message | None:
    """The first mail to this mailbox of the police in a search that ended half."""
    earlier = Message.objects.filter(
        _OUT,
        channel=Channel.MAIL,
        recipient=message.recipient,
        episode=message.episode_id,
        created_at__lt=message.created_at,
    )
    return earlier.exclude(kind=MessageKind.ENDING).order_by("created_at", "pk").first()


def _is_first(message: Message) -> bool:
    """Whether nothing can have gone to this recipient before: the first steps spare a query, and they are most mails."""
    if message.kind != MessageKind.ALERT:
        return False
    if message.episode_id is None:
        return message.step in FIRST_STEPS
    return message.force_id is not None and message.step == CALL_STEPS[0]
