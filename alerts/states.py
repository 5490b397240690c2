"""The statuses of alerts and messages and their tables of lawful moves."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AlertStatus(TextChoices):
    OPEN = "open", _("Open")
    ENDED = "ended", _("Ended")


ALERT_MOVES: dict[str, frozenset[str]] = {
    AlertStatus.OPEN: frozenset({AlertStatus.ENDED}),
    AlertStatus.ENDED: frozenset(),
}


class MessageStatus(TextChoices):
    """Queued until a sender claims it; sent when the mail server or gateway has accepted it."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Accepted")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Not sent, no longer needed")


MESSAGE_MOVES: dict[str, frozenset[str]] = {
    MessageStatus.QUEUED: frozenset({MessageStatus.SENDING, MessageStatus.CANCELLED, MessageStatus.FAILED}),
    # A lapsed lease is claimed again; a passing failure goes back to the queue.
    MessageStatus.SENDING: frozenset(
        {
            MessageStatus.SENDING,
            MessageStatus.SENT,
            MessageStatus.QUEUED,
            MessageStatus.FAILED,
            MessageStatus.CANCELLED,
        }
    ),
    # What a server accepted can still come back.
    MessageStatus.SENT: frozenset({MessageStatus.FAILED}),
    MessageStatus.FAILED: frozenset(),
    MessageStatus.CANCELLED: frozenset(),
}


# What is on record of a message that has nobody to go to any more.
GONE = "Nobody is there to receive it any more"
