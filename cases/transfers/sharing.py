"""The verbs of what is known of the child: the sender says that it is with the receiver, and the receiver that it is."""

from datetime import datetime

from django.db import transaction

from cases.clock import TOLERANCE
from cases.models import Transfer, User
from cases.states import IllegalMove
from cases.transfers import steps

FIELDS = ("shared_at", "shared_to", "shared_what")


def share(
    transfer: Transfer,
    *,
    whom: str,
    what: str,
    shared_at: datetime,
    stood: int | None = None,
    by: User,
    at: datetime,
) -> Transfer:
    """Keep what of the child went to whom of the receiver, and when; sent anew it is to be received anew.

    The same words again are one. Raises `IllegalMove` without words, for a time ahead or before the referral, and
    before the acceptance or after the arrival.
    """
    if not (whom.strip() and what.strip()):
        raise IllegalMove("Enter what was shared, and with whom.")
    if shared_at > at + TOLERANCE:
        raise IllegalMove("The time must be now or in the past.")
    with transaction.atomic():
        transfer = steps.locked(transfer)
        steps.require_stands(transfer, stood)
        _require_open(transfer)
        if shared_at < transfer.referred_at:
            raise IllegalMove("What was shared before the referral is shared again: it may be old.")
        is_same = (transfer.shared_to, transfer.shared_what) == (whom.strip(), what.strip())
        if is_same and transfer.shared_at is not None and abs(transfer.shared_at - shared_at) <= TOLERANCE:
            return transfer
        transfer.shared_at, transfer.share_received_at = min(shared_at, at), None
        transfer.shared_to, transfer.shared_what = whom.strip(), what.strip()
        transfer.save(update_fields=[*FIELDS, "share_received_at"])
        said = steps.values(transfer, FIELDS)
        steps.record(transfer, "transfer_shared", said, happened_at=transfer.shared_at, by=by, at=at)
    return transfer


def receive(transfer: Transfer, *, stood: int | None = None, by: User, at: datetime) -> Transfer:
    """Somebody of the receiver has what was shared; raises `IllegalMove` where nothing was, and the second time.

    Of what was shared since they read it they have not said so: `stood` is the key of what they read.
    """
    with transaction.atomic():
        transfer = steps.locked(transfer)
        steps.require_stands(transfer, stood, shared=True)
        _require_open(transfer)
        if transfer.shared_at is None:
            raise IllegalMove("The other authority has not said that anything was shared.")
        if transfer.share_received_at is not None:
            raise IllegalMove("Somebody has said so already.")
        transfer.share_received_at = at
        transfer.save(update_fields=["share_received_at"])
        said = steps.values(transfer, ("share_received_at",))
        steps.record(transfer, "transfer_share_received", said, by=by, at=at)
    return transfer


def _require_open(transfer: Transfer) -> None:
    if not transfer.may_be_shared:
        raise IllegalMove("This is shared from the acceptance to the arrival. Open the page anew.")
