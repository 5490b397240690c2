"""No text goes out: one task for each desk names whoever waits for one, instead of a call for each (docs/adr/0228)."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from alerts import told_by_phone
from alerts.models import Channel, DutyTask, Message, MessageItem, MessageKind
from alerts.posts import LISTED
from alerts.states import AlertStatus, MessageStatus

# The gateway is down where so many people wait for a text that it did not take, and it has taken none for so long.
MANY = 3
SILENT_FOR = timedelta(minutes=10)
# Of messages: a text or call that the gateway has not taken.
_BY_TEXT = ~Q(channel=Channel.MAIL)
_WAITS = (
    _BY_TEXT
    & Q(
        kind=MessageKind.ALERT,
        status__in=(MessageStatus.QUEUED, MessageStatus.SENDING),
        attempts__gt=0,
        held_at=None,
    )
    & ~Q(last_error="")
)


def is_down(at: datetime) -> bool:
    """Whether no text goes out at all: one phone that is wrong is a call to whoever has it."""
    if Message.objects.filter(_BY_TEXT, status=MessageStatus.SENT, sent_at__gt=at - SILENT_FOR).exists():
        return False
    return Message.objects.filter(_WAITS).values("recipient").distinct()[:MANY].count() >= MANY


def of(message: Message) -> Q:
    """Of tasks: those of the gateway that name whoever this message is for, if they are about the same alert."""
    return Q(step=DutyTask.GATEWAY) if told_by_phone.is_texted(message) else Q(pk=None)


def waiting(task: DutyTask) -> QuerySet[MessageItem]:
    """What its people wait for."""
    ours = Message.objects.filter(_WAITS, post__in=LISTED)
    return MessageItem.objects.filter(
        message__in=ours, alert__task_items__task=task, alert__status=AlertStatus.OPEN
    )
