"""The words of a probe: a canary to ourselves, or a test of a mailbox; nothing about any child is in either."""

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts import addresses
from alerts.emails import headers, layout
from alerts.models import Message


def write(message: Message, *, now: datetime) -> tuple[str, str, EmailMessage]:
    """Return subject, text and mail of a probe as it is to be sent at `now`."""
    is_canary = message.wording == "canary"
    subject = _("Canary") if is_canary else _("Test - not a child - confirm this mailbox")
    values = {
        "service": settings.SERVICE_NAME,
        "mailbox": message.mailbox,
        "link": f"{settings.PUBLIC_URL}{reverse('mailbox_proof', args=[addresses.token_of(message.pk)])}",
        "now": now,
        "stamp": message.pk.hex[:8],
    }
    text = layout.reflow(render_to_string(f"alerts/emails/{message.wording}.txt", values))
    back = addresses.of_message(message.pk)
    email = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    email["Return-Path"] = f"<{back}>"
    email["From"] = headers.sender()
    email["To"] = back if is_canary else headers.address_of(message)
    email["Subject"] = subject
    email["Date"] = format_datetime(now.astimezone(UTC))
    email["Message-ID"] = headers.message_id(message)
    email["Auto-Submitted"] = "auto-generated"
    if not is_canary:
        email["Reply-To"] = email["Disposition-Notification-To"] = back
    email.set_content(text)
    return subject, text, email
