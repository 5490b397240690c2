"""The ways out: mail, and text and voice through a webhook."""

from alerts.channels.mail import MailChannel
from alerts.channels.refusals import names_the_mailbox
from alerts.channels.waits import Deferred, Refused, Uncertain
from alerts.channels.webhook import is_signed, ping, post_webhook

__all__ = [
    "Deferred",
    "MailChannel",
    "Refused",
    "Uncertain",
    "is_signed",
    "names_the_mailbox",
    "ping",
    "post_webhook",
]
