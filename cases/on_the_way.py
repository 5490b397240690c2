"""What a stop that is confirmed says of a child on the way: it is waited for nowhere else, and comes as late as it is."""

from datetime import datetime, timedelta

from cases import absences, log
from cases.models import Child, Contact, Journey, JourneyStop, Transfer, User
from cases.states import TransferStatus


def follow(child: Child, stop: JourneyStop, contact: Contact, *, by: User | None, at: datetime) -> None:
    """The escorts have the locked child, as `contact` at this stop of the journey to where it is to live says.

    Where it was out or away nobody waits for it, and nowhere else by the time at which it is expected: from now on each stop
    asks for it. Of a car that is late its arrival with another authority is expected as much later. Nothing of all this by
    the word of somebody from whom the child is kept, nor on a move of a child who is on the way to another authority: that
    ends where nobody asks from there on.
    """
    going = Transfer.objects.filter(child=child, status=TransferStatus.IN_TRANSIT)
    is_there = stop.journey.kind == Journey.Kind.TRANSFER
    if Contact.objects.disbelieved(child).filter(pk=contact.pk).exists() or (not is_there and going.exists()):
        return
    absences.end_current(child, back_at=contact.happened_at, by=by, at=at)
    late = timedelta(0) if stop.overnight else contact.happened_at - stop.due_at
    comes_at = stop.journey.stops.order_by("-position")[0].due_at + late
    for transfer in going:
        absences.end_way(child, until=transfer.expected_at, by=by, at=at)
        if late > timedelta(0) and transfer.expected_at is not None and transfer.expected_at < comes_at:
            _comes_later(transfer, comes_at, by=by, at=at)


def _comes_later(transfer: Transfer, comes_at: datetime, *, by: User | None, at: datetime) -> None:
    was, transfer.expected_at = transfer.expected_at, comes_at
    transfer.save(update_fields=["expected_at"])
    receiver = transfer.receiver.code if transfer.receiver is not None else None
    data = {"from": transfer.sender.code, "to": receiver, "was": was and was.isoformat()}
    data["expected_at"] = comes_at.isoformat()
    log.record(transfer.child, "transfer_later", subject=transfer, data=data, by=by, at=at)
