"""What goes out as one mail or text: a message by itself, or all that waited for one reader."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from alerts import claims
from alerts.models import Message
from alerts.states import MessageStatus

Parcel = list[Message]


def pack(claimed: Iterable[Message]) -> list[Parcel]:
    """Put together what one reader is told at once; the order is that of the most urgent of each."""
    together: dict[tuple[object, ...], Parcel] = {}
    for message in claimed:
        together.setdefault(_key(message), []).append(message)
    return [sorted(parcel, key=_order) for parcel in together.values()]


def _key(message: Message) -> tuple[object, ...]:
    """What may have gone out goes again as it was, or the reader's server would take it for the other one."""
    if message.bundle is not None:
        return (message.recipient, message.bundle)
    if message.joins_from is None or message.may_be_out:
        return (message.pk,)
    return (message.recipient, message.user_id)


def _order(message: Message) -> tuple[bool, datetime, UUID]:
    """The digest first, then whatever has waited longest."""
    return (message.digest_date is None, message.created_at, message.pk)


def left(parcel: Sequence[Message], *, reader: str, at: datetime) -> Parcel:
    """Those that still go to the parcel's reader; what is another's now waits for its own sender."""
    if len(parcel) < 2:
        return list(parcel)
    for message in parcel:
        if message.recipient != reader:
            tries = message.attempts - 1
            claims.mark(message, MessageStatus.QUEUED, next_try_at=at, attempts=tries, bundle=None)
    return [message for message in parcel if message.recipient == reader]


def tie(parcel: Parcel) -> None:
    """Write down, before any of it goes out, that these go as one mail, and by whose id it is known.

    Of two or more it is the first one's; a mail that may be out already keeps its own.
    """
    known = parcel[0].bundle
    if known is None and len(parcel) > 1:
        known = parcel[0].pk
    if known is None or all(message.bundle == known for message in parcel):
        return
    for message in parcel:
        message.bundle = known
    Message.objects.filter(pk__in=[message.pk for message in parcel]).update(bundle=known)


def parted(parcel: Parcel) -> Parcel:
    """The same messages, each by itself again."""
    Message.objects.filter(pk__in=[message.pk for message in parcel]).update(bundle=None)
    for message in parcel:
        message.bundle = None
    return parcel
