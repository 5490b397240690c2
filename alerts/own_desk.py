"""The desk's own mailbox refuses what the desk has as a text: one call for the mailbox, not one for each mail (docs/adr/0219)."""

from collections.abc import Sequence

from django.db.models import Q

from alerts import told_by_text
from alerts.models import Alert, DutyTask, DutyTaskAlert, Message, MessageKind
from alerts.posts import Post
from alerts.states import MessageStatus
from cases import bulk

_LOST = (MessageStatus.FAILED, MessageStatus.CANCELLED)


def joins_call(message: Message, alerts: Sequence[Alert], authority_id: int) -> bool:
    """Have the open call about this mailbox be about these alerts as well; say whether there is one that may take them.

    Only of what went to the same post by another way at the same step: else the mail was all that the desk had of it.
    """
    if message.post != Post.DUTY or message.mailbox_id is None or not _went_otherwise(message, alerts):
        return False
    of_end = Q(message__kind=MessageKind.ENDING)
    calls = DutyTask.objects.open().filter(
        of_end if message.kind == MessageKind.ENDING else ~of_end,
        kind=DutyTask.Kind.PHONE_THEM,
        authority=authority_id,
        message__post=Post.DUTY,
        message__mailbox=message.mailbox_id,
    )
    # Locked, so that it is not being finished meanwhile.
    standing = calls.select_for_update(of=("self",)).order_by("pk").first()
    if standing is None:
        return False
    items = sorted((standing.pk, alert.pk) for alert in alerts)
    bulk.insert(DutyTaskAlert, ("task", "alert"), items, known=True)
    return True


def _went_otherwise(message: Message, alerts: Sequence[Alert]) -> bool:
    """Whether somebody on the same post has each of these alerts by text, or is about to; one that fails is phoned itself."""
    told = told_by_text.alerts_of(message, alerts, ~Q(message__status__in=_LOST))
    return told >= {alert.pk for alert in alerts}
