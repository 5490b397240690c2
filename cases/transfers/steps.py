"""How a step of a transfer is taken: under the child’s lock, by the table of lawful moves, and on record."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from cases import absences, children, log
from cases.models import Authority, Child, Event, NamedPerson, Restriction, Team, Transfer, User
from cases.moves import require_open, require_read
from cases.states import TRANSFER_MOVES, EpisodeStatus, IllegalMove, TransferStatus


def locked(transfer: Transfer) -> Transfer:
    """The transfer as it stands, under the lock of its child."""
    child = Child.objects.locked().get(pk=transfer.child_id)
    require_open(child.closed_at)
    current = Transfer.objects.select_related("sender", "receiver").get(pk=transfer.pk)
    current.child = child
    return current


def read_of(transfer: Transfer, *, shared: bool = False) -> int:
    """The key of what somebody reads of a transfer before they act on it: of its last offer, or of the referral.

    With `shared` that of what was shared since, where that is asked for. No two transfers have the same.
    """
    kinds = ("transfer_referred", "transfer_allocated", *(["transfer_shared"] if shared else []))
    said = Event.objects.filter(child=transfer.child_id, subject_id=transfer.pk, kind__in=kinds)
    return said.order_by("-pk").values_list("pk", flat=True).first() or 0


def require_stands(transfer: Transfer, stood: int | None, *, shared: bool = False) -> None:
    """Raise `Overtaken` unless what stands of the locked transfer is what was read, by the key of `read_of`."""
    if stood is not None:
        require_read(stood, read_of(transfer, shared=shared))


def require(transfer: Transfer, wanted: TransferStatus, *, stood: int | None = None) -> None:
    """Raise `IllegalMove` unless the table lets the transfer go on to `wanted`; `Overtaken` of an offer that nobody read."""
    require_stands(transfer, stood)
    # From an arrival nothing but its taking back leads on.
    is_over = transfer.has_arrived and wanted != TransferStatus.COMPLETED
    if is_over or wanted not in TRANSFER_MOVES[transfer.status]:
        raise IllegalMove(
            "The transfer cannot go from “%(current)s” to “%(wanted)s”: somebody was faster. Open its page anew.",
            current=transfer.get_status_display(),
            wanted=str(wanted.label),
        )


def require_worker(transfer: Transfer, team: Team, worker: User, at: datetime) -> None:
    """Whoever is named must be able to open the record on the day: of the receiver, not kept away, and let in."""
    receiver = receiver_of(transfer)
    if team.authority_id != receiver.pk:
        raise IllegalMove("The team must be one of %(authority)s.", authority=receiver.said_name)
    children.require_social_worker(worker, team, at)
    children.require_not_kept_from(worker, [transfer.child], at)
    restricted = Restriction.objects.current(at).filter(child=transfer.child_id)
    if not restricted.exists():
        return
    if not NamedPerson.objects.current(at).filter(restriction__in=restricted, user=worker).exists():
        raise IllegalMove(
            "This record is restricted: %(worker)s must be one of the people named. Ring the sender’s manager.",
            worker=worker.name,
        )


def receiver_of(transfer: Transfer) -> Authority:
    if transfer.receiver is None:
        raise IllegalMove("No authority has been offered this transfer.")
    return transfer.receiver


def way(start: Authority, end: Authority) -> str:
    """From which authority to which, in no language: the reason of a placement, which takes 200 characters."""
    return f"{start.name[:98]} → {end.name[:98]}"


def is_sought(transfer: Transfer) -> bool:
    """Whether an episode of the child is open."""
    return transfer.child.episodes.exclude(status=EpisodeStatus.ENDED).exists()


def move(
    transfer: Transfer,
    status: TransferStatus,
    *fields: str,
    kind: str,
    happened_at: datetime | None = None,
    by: User,
    at: datetime,
) -> None:
    save(transfer, status, *fields)
    record(transfer, kind, values(transfer, fields), happened_at=happened_at, by=by, at=at)


def save(transfer: Transfer, status: TransferStatus, *fields: str) -> None:
    transfer.status = status
    transfer.save(update_fields=["status", *fields])


def break_off(transfer: Transfer, *, by: User, at: datetime) -> None:
    """A child who had set out is back where they lived: that home is asked for them again from now on."""
    if transfer.status == TransferStatus.IN_TRANSIT:
        absences.end_current(transfer.child, back_at=at, by=by, at=at)


def withdraw_all(transfers: Sequence[Transfer], *, reason: str, at: datetime) -> None:
    """Withdraw these open transfers of locked children by set: whoever does that writes the events."""
    ids = [transfer.pk for transfer in transfers]
    Transfer.objects.open().filter(pk__in=ids).update(
        status=TransferStatus.WITHDRAWN, withdrawn_at=at, withdraw_reason=reason
    )


def values(transfer: Transfer, fields: Collection[str]) -> dict[str, Any]:
    found = ((name, getattr(transfer, name)) for name in fields)
    return {name: getattr(value, "pk", value) for name, value in found}


def record(
    transfer: Transfer,
    kind: str,
    fields: dict[str, Any],
    *,
    happened_at: datetime | None = None,
    by: User,
    at: datetime,
) -> None:
    data = {"from": transfer.sender.code, "to": transfer.receiver.code if transfer.receiver else None}
    if kind == "transfer_set_out":
        # The row has the time of now alone, which is later where the car is.
        data["expected_at"] = fields["expected_at"].isoformat()
    if kind == "transfer_read":
        data["items"] = fields["items"]
    if kind == "transfer_arrived":
        data["was_expected"] = fields.pop("was_expected")
    if kind == "transfer_declined":
        # The row has room for the last one alone.
        data["reason"] = transfer.decline_reason
    if kind == "transfer_shared":
        data |= {"whom": transfer.shared_to, "what": transfer.shared_what}
    log.record(
        transfer.child,
        kind,
        subject=transfer,
        data=data,
        fields=fields,
        happened_at=happened_at,
        by=by,
        at=at,
    )
