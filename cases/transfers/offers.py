"""The verbs of an offer: refer a child, offer it to an authority, accept with a named worker or decline, withdraw."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from cases import called_off, ended, move_days, responsibilities
from cases.deadlines import london_day
from cases.models import Authority, Child, Team, Transfer, User
from cases.moves import SentBefore, require_open, require_same
from cases.states import IllegalMove
from cases.states import TransferStatus as Status
from cases.transfers import announcements, steps


@dataclass(frozen=True, kw_only=True)
class Referral:
    """What the sender says: how and why, what the child needs, what it wants and in which language that was asked."""

    kind: str
    reason: str
    needs: str
    wishes: str
    wishes_language: str
    proposed_date: date
    reason_note: str = ""


def refer(
    child: Child,
    referral: Referral,
    *,
    receiver: Authority | None = None,
    key: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> Transfer:
    """Refer a child for transfer, and offer it to `receiver` where that is known already.

    The same form again returns what stands. Raises `IllegalMove` while another transfer is open, for a day that is
    past, without the reason, and where the receiver is responsible already or does not exist any more.
    """
    if referral.reason not in Transfer.Reason.values:
        raise IllegalMove("Select why the child is to go to another authority.")
    if referral.reason == Transfer.Reason.OTHER and not referral.reason_note.strip():
        raise IllegalMove("Enter the reason.")
    if not (referral.needs.strip() and referral.wishes.strip()):
        raise IllegalMove("Enter what the child needs, and what the child says about it.")
    if referral.proposed_date < london_day(at):
        raise IllegalMove("The day must be today or later.")
    key = key or uuid.uuid4()
    with ended.in_words(), transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = Transfer.objects.filter(key=key).first()
        if standing is not None:
            return _same_form(standing, child, referral, receiver, by)
        require_open(child.closed_at)
        if child.is_drill:
            raise IllegalMove("The child of a drill is transferred to nobody.")
        if Transfer.objects.open().filter(child=child).exists():
            raise IllegalMove("A transfer of this child is open already.")
        sender = responsibilities.standing_authority(child, at=at)
        transfer = Transfer.objects.create(
            key=key, child=child, sender=sender, referred_at=at, referred_by=by, **vars(referral)
        )
        steps.record(transfer, "transfer_referred", vars(referral), by=by, at=at)
        if receiver is not None:
            transfer = offer(transfer, receiver, by=by, at=at)
    return transfer


def offer(
    transfer: Transfer, receiver: Authority, *, stood: int | None = None, by: User, at: datetime
) -> Transfer:
    """Offer the child to an authority, which answers within two working days; after a refusal to another, or once more.

    `stood` is the key of the offer that the writer read, as `steps.read_of` has it, here and in each other act on a
    transfer: raises `Overtaken` where another stands by now.
    """
    with ended.in_words(), transaction.atomic():
        transfer = steps.locked(transfer)
        steps.require(transfer, Status.ALLOCATED, stood=stood)
        if receiver.pk == transfer.sender_id:
            raise IllegalMove("%(authority)s is responsible already.", authority=receiver.said_name)
        if not Authority.objects.on(london_day(at)).filter(pk=receiver.pk).exists():
            raise IllegalMove("%(authority)s does not exist any more.", authority=receiver.said_name)
        transfer.receiver, transfer.allocated_at, transfer.answered_at = receiver, at, None
        transfer.decline_reason = ""
        fields = ("receiver", "allocated_at", "answered_at", "decline_reason")
        steps.move(transfer, Status.ALLOCATED, *fields, kind="transfer_allocated", by=by, at=at)
    return transfer


def accept(
    transfer: Transfer, *, team: Team, worker: User, stood: int | None = None, by: User, at: datetime
) -> Transfer:
    """Accept the child with a social worker by name, who has the work from the arrival on."""
    with transaction.atomic():
        transfer = steps.locked(transfer)
        steps.require(transfer, Status.ACCEPTED, stood=stood)
        steps.require_worker(transfer, team, worker, at)
        transfer.team, transfer.worker, transfer.answered_at = team, worker, at
        fields = ("team", "worker", "answered_at")
        steps.move(transfer, Status.ACCEPTED, *fields, kind="transfer_accepted", by=by, at=at)
    return transfer


def decline(transfer: Transfer, *, reason: str, stood: int | None = None, by: User, at: datetime) -> Transfer:
    """Decline the child with a reason; the transfer stays open, and its ten working days go on.

    A journey there that was planned before the answer, and is to begin yet, is called off.
    """
    if not reason.strip():
        raise IllegalMove("Enter why the transfer is declined.")
    with transaction.atomic():
        transfer, watched = announcements.lock_watched(transfer, at=at)
        steps.require(transfer, Status.DECLINED, stood=stood)
        transfer.decline_reason, transfer.answered_at = reason.strip(), at
        fields = ("decline_reason", "answered_at")
        steps.move(transfer, Status.DECLINED, *fields, kind="transfer_declined", by=by, at=at)
        called_off.with_answer(transfer, watched, by=by, at=at)
    return transfer


def withdraw(
    transfer: Transfer, *, reason: str, stood: int | None = None, by: User, at: datetime
) -> Transfer:
    """Take the referral back: the sender stays responsible, and the receiver reads nothing more.

    A journey to the receiver that is to begin yet is called off with it.
    """
    if not reason.strip():
        raise IllegalMove("Enter why the transfer is withdrawn.")
    with transaction.atomic():
        transfer, watched = announcements.lock_watched(transfer, at=at)
        steps.require(transfer, Status.WITHDRAWN, stood=stood)
        steps.break_off(transfer, by=by, at=at)
        transfer.withdrawn_at, transfer.withdraw_reason = at, reason.strip()
        fields = ("withdrawn_at", "withdraw_reason")
        steps.move(transfer, Status.WITHDRAWN, *fields, kind="transfer_withdrawn", by=by, at=at)
        called_off.with_transfer(transfer, watched, by=by, at=at)
        announcements.drop(transfer, transfer.moves_date, watched, move_days.CALLED_OFF, by=by, at=at)
    return transfer


def _same_form(
    standing: Transfer, child: Child, referral: Referral, receiver: Authority | None, by: User
) -> Transfer:
    if standing.referred_by_id != by.pk or standing.child_id != child.pk:
        raise IllegalMove("This form was sent by somebody else. Open it anew.")
    try:
        require_same(
            standing, {**vars(referral), "receiver_id": receiver.pk if receiver is not None else None}
        )
    except SentBefore as refusal:
        if Transfer.objects.open().filter(pk=standing.pk).exists():
            raise IllegalMove("A transfer of this child is open already.") from refusal
        raise
    return standing
