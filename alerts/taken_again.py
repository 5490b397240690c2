"""Whose mail is taken again, after it was refused for good or came back; and the mail that looks, where no other does."""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from alerts import change_words, probes
from alerts.models import Channel, Message
from alerts.states import MessageStatus
from cases import attempts, mail_refusals
from cases.models import ConfigurationChange, MailRefusal, Membership, User

# [proposal] Our own server takes a mail that another gives back minutes or hours later: after a day it has arrived.
ARRIVED_AFTER = timedelta(days=1)


def look(*, now: datetime) -> int:
    """Say of each person that their mail is taken again at `now`; return how many. Each in a commit of its own.

    A mail that was sent since the refusal, a day ago or longer, which came neither back nor late. Nobody's while canaries
    stayed out in the last day: what was given back then may come any hour, and each mailbox that is gone would take mail.
    """
    if not probes.was_whole(now, over=ARRIVED_AFTER):
        return 0
    taken = _out().filter(sent_at__lte=now - ARRIVED_AFTER)
    refused = MailRefusal.objects.filter(Exists(taken), ends_at=None).order_by("pk")
    return attempts.each(list(refused), partial(mail_refusals.end, at=now), fault="mail_taken_not_marked")


def check(*, now: datetime) -> int:
    """Owe each person whose mail comes back the mail of the day that looks; return how many. Each in a commit of its own.

    None while another mail may show the same, or the last one has not gone; nor to somebody without a role.
    """
    return attempts.each(
        list(_unchecked(now).order_by("pk")), partial(_check, now=now), fault="mailbox_not_checked"
    )


def _check(refusal: MailRefusal, now: datetime) -> bool:
    with transaction.atomic():
        # Of two that look at once one waits for the other, and finds it on record.
        User.objects.select_for_update(no_key=True).get(pk=refusal.user_id)
        if not _unchecked(now).filter(pk=refusal.pk).exists():
            return False
        mail_refusals.note_check(refusal, at=now)
    return True


def _unchecked(now: datetime) -> QuerySet[MailRefusal]:
    """Those that stand for a day, or since the last such mail, of people with a role; and nothing of theirs is on its way."""
    since = now - timedelta(hours=settings.MAIL_CHECK_HOURS)
    said = ConfigurationChange.objects.filter(
        subject_type="user", subject_id=OuterRef("user"), kind=mail_refusals.CHECKED, at__gt=since
    )
    waits = Message.objects.unsent().filter(user=OuterRef("user"), wording=change_words.MAIL_CHECK)
    held = Membership.objects.current(now).filter(user=OuterRef("user"))
    standing = MailRefusal.objects.filter(ends_at=None, starts_at__lte=since)
    return standing.filter(Exists(held), ~Exists(said), ~Exists(waits), ~Exists(_out()))


def _out() -> QuerySet[Message]:
    """The mails to whoever has the refusal that were sent since, and came neither back nor late."""
    return Message.objects.filter(
        user=OuterRef("user"),
        channel=Channel.MAIL,
        status=MessageStatus.SENT,
        sent_at__gt=OuterRef("starts_at"),
        delayed_at=None,
    )
