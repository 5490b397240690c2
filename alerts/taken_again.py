"""Whose mail is taken again, after it was refused for good or came back."""

from datetime import datetime, timedelta
from functools import partial

from django.db.models import Exists, OuterRef

from alerts.models import Channel, Message
from alerts.states import MessageStatus
from cases import attempts, mail_refusals
from cases.models import MailRefusal

# [proposal] Our own server takes a mail that another gives back minutes or hours later: after a day it has arrived.
ARRIVED_AFTER = timedelta(days=1)


def look(*, now: datetime) -> int:
    """Say of each person that their mail is taken again at `now`; return how many. Each in a commit of its own.

    A mail that was sent since the refusal, a day ago or longer, which came neither back nor late.
    """
    taken = Message.objects.filter(
        user=OuterRef("user"),
        channel=Channel.MAIL,
        status=MessageStatus.SENT,
        sent_at__gt=OuterRef("starts_at"),
        sent_at__lte=now - ARRIVED_AFTER,
        delayed_at=None,
    )
    refused = MailRefusal.objects.filter(Exists(taken), ends_at=None).order_by("pk")
    return attempts.each(list(refused), partial(mail_refusals.end, at=now), fault="mail_taken_not_marked")
