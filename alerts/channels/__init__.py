"""The ways out: mail, and text and voice through a webhook."""

from alerts.channels.mail import MailChannel
from alerts.channels.waits import Deferred, Refused, Uncertain
from alerts.channels.webhook import is_signed, ping, post_webhook

__all__ = ["Deferred", "MailChannel", "Refused", "Uncertain", "is_signed", "ping", "post_webhook"]
