"""Of what in a mail its post has word by text or voice: a mail may tell of several calls, and each has a step of its own."""

from collections.abc import Sequence

from django.db.models import Q

from alerts.models import Alert, Channel, Message, MessageItem

# Of items: whatever somebody hears without opening a mailbox.
_SPOKEN = ~Q(message__channel=Channel.MAIL)


def alerts_of(message: Message, alerts: Sequence[Alert], who: Q) -> set[int]:
    """Of which of these alerts the mail's post was told by text or voice all that the mail tells, by messages as in `who`."""
    own = set(message.items.filter(alert__in=alerts).values_list("alert", "step"))
    rows = MessageItem.objects.filter(
        _SPOKEN, who, alert__in=alerts, step__in={step for _alert, step in own}, kind=message.kind
    )
    told = set(rows.filter(message__post=message.post).values_list("alert", "step"))
    return {alert for alert, _step in own} - {alert for alert, _step in own - told}
