"""The headers that keep an episode's mails in one thread, in every mail program."""

import base64
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from functools import lru_cache
from uuid import UUID, uuid5

from django.conf import settings
from django.utils.translation import gettext as _

from alerts import addresses, journey_mails
from alerts.models import Message

# Windows counts ticks of 100 ns from 1601.
_TICKS_FROM = datetime(1601, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1) / 10
_EPISODES = UUID("6f0e4d3c-0a9e-5d0b-9a70-1f5d1c3a8e42")


def message_id(message: Message) -> str:
    """The Message-ID, fixed by the row, or by the first of those that went with it: a repeat is known to be one."""
    return f"<{mail_of(message)}@{addresses.domain()}>"


def mail_of(message: Message) -> UUID:
    """The id of the mail that the message went in."""
    return message.bundle or message.pk


def sender() -> str:
    """The From line, the same throughout."""
    name = _("Child alerts (%(service)s)") % {"service": settings.SERVICE_NAME}
    return _from(name, settings.ALERT_FROM_EMAIL)


@lru_cache(maxsize=8)
def _from(name: str, address: str) -> str:
    return formataddr((name, address))


@lru_cache(maxsize=8)
def _date(second: datetime) -> str:
    return format_datetime(second.astimezone(UTC))


def thread_index(message: Message, root: Message | None) -> str:
    """Outlook's Thread-Index: 22 bytes for the thread, and 5 more for each message after the first [MS-OXOMSG 2.2.1.3]."""
    first = root or message
    episode = message.episode
    began, thread = first.created_at, mail_of(first)
    if episode is not None:
        began, thread = episode.opened_at, uuid5(_EPISODES, episode.reference)
    ticks = (began - _TICKS_FROM) // timedelta(microseconds=1) * 10
    # The six highest bytes of the time, of which the first is always 1 in our times, then the thread's id.
    index = ticks.to_bytes(8, "big")[:6] + thread.bytes
    return base64.b64encode(index + (_child(message, began) if root is not None else b"")).decode()


def _child(message: Message, began: datetime) -> bytes:
    """Five bytes of one later message: 31 bits of the time since the thread began, and a byte of its own."""
    ticks = max((message.created_at - began) // timedelta(microseconds=1) * 10, 0)
    # Within 1.7 years bits 18 to 48 are kept, later bits 23 to 53, and the first bit says which.
    since = ticks >> 18 if ticks < 1 << 49 else (ticks >> 23) & 0x7FFFFFFF | 0x80000000
    return since.to_bytes(4, "big") + message.pk.bytes[-1:]


def write(
    email: EmailMessage, message: Message, root: Message | None, *, subject: str, urgent: bool, now: datetime
) -> None:
    """Set every header but the content's own, and the envelope's sender, which the channel takes off again."""
    # A name with a line break in it must neither add a header nor keep the mail from going out.
    subject = " ".join(subject.split())
    email["Return-Path"] = f"<{addresses.of_message(mail_of(message))}>"
    email["From"] = sender()
    email["To"] = address_of(message)
    email["Subject"] = subject
    email["Date"] = _date(now.replace(microsecond=0))
    email["Message-ID"] = message_id(message)
    if root is not None:
        email["In-Reply-To"] = email["References"] = message_id(root)
    email["Thread-Topic"] = subject
    email["Thread-Index"] = thread_index(message, root)
    email["Auto-Submitted"] = "auto-generated"
    if urgent:
        email["Importance"] = "high"
        email["X-Priority"] = "1"
    if takes_replies(message) and message.episode is not None:
        email["Reply-To"] = addresses.of_episode(message.episode.reference)


def takes_replies(message: Message) -> bool:
    """Whether an answer to the mail comes to the episode's address and is kept with it: that of a force's mailbox alone."""
    return message.mailbox is not None and message.force_id is not None and message.episode is not None


def address_of(message: Message) -> str:
    """Where the mail goes; ValueError for a message that has neither mailbox, person nor escort."""
    if message.mailbox is not None:
        return message.mailbox.address
    if message.user is not None:
        return message.user.drill_mail_to or message.user.email
    if mail := journey_mails.address_of(message):
        return mail
    raise ValueError(f"message {message.pk} has no mail address")
