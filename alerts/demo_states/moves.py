"""Children to look at whose responsibility passes from one authority to the other, each at another step of it."""

from datetime import timedelta

from django.db.models import TextChoices

from alerts.demo_states import sought
from alerts.demo_states.lot import Lot, Shown, arrive, live_at, seen, seen_at_home
from cases import transfers
from cases.deadlines import london_day
from cases.models import Acknowledgement, Child, Transfer
from cases.models.transfers import BEFORE_ARRIVAL
from cases.states import TransferStatus

MACHINE = "Transfer of responsibility"


class Beside(TextChoices):
    """What is no status: it may be so of each before the arrival."""

    MISSING = "missing_before_transfer", "Missing before transfer"


def _referred(lot: Lot, shown: Shown) -> Child:
    child = arrive(lot, shown)
    _refer(lot, child, offered=False)
    return seen(lot, child)


def _declined(lot: Lot, shown: Shown) -> Child:
    child = arrive(lot, shown)
    transfer = _refer(lot, child)
    reason = "No foster home here speaks her language before the spring. Try Ashmere."
    transfers.decline(transfer, reason=reason, by=lot.sender, at=lot.ago(2))
    return seen(lot, child)


def _accepted(lot: Lot, shown: Shown) -> Child:
    child = arrive(lot, shown)
    _accept(lot, _refer(lot, child))
    return seen(lot, child)


def _in_transit(lot: Lot, shown: Shown) -> Child:
    """Straight from the port: no home has the child that would ask for it meanwhile."""
    child = arrive(lot, shown, placed=False)
    transfer = _accept(lot, _refer(lot, child))
    transfer = transfers.agree_day(transfer, london_day(lot.at), by=lot.sender, at=lot.ago(1))
    left_at, expected_at = lot.ago(0, hours=-0.25), lot.ago(0, hours=1.5)
    transfers.set_out(transfer, left_at=left_at, expected_at=expected_at, by=lot.worker, at=lot.at)
    return seen(lot, child)


def _arrived(lot: Lot, shown: Shown) -> Child:
    return _arrive_here(lot, shown, read=BEFORE_ARRIVAL)


def _completed(lot: Lot, shown: Shown) -> Child:
    return _arrive_here(lot, shown, read=tuple(Acknowledgement.Item))


def _withdrawn(lot: Lot, shown: Shown) -> Child:
    child = arrive(lot, shown)
    transfer = _refer(lot, child)
    reason = "An aunt was found in Northmere, and he stays close by."
    transfers.withdraw(transfer, reason=reason, by=lot.worker, at=lot.ago(2))
    return seen(lot, child)


def _missing(lot: Lot, shown: Shown) -> Child:
    """Accepted by the other authority, and gone the day after: both of them wait, and the police look."""
    child = arrive(lot, shown)
    for days in (40, 20):
        seen_at_home(lot, child, lot.ago(days))
    _accept(lot, _refer(lot, child))
    sought.do_all(lot, sought.report(lot, child, at=lot.ago(2)))
    return child


def _refer(lot: Lot, child: Child, *, there: bool = False, offered: bool = True) -> Transfer:
    """Refer four days ago, and offer the child to the other authority."""
    at = lot.ago(4)
    receiver, by = (lot.stage.authority, lot.sender) if there else (lot.there.authority, lot.worker)
    needs = transfers.Referral(
        kind=Transfer.Kind.SCHEME,
        reason=Transfer.Reason.SHARE,
        needs="A home with one more child, a college place, and an interpreter at the first meeting.",
        wishes="Wants to hear the day before, and to say goodbye in the morning.",
        wishes_language=child.languages[0],
        proposed_date=london_day(lot.at),
    )
    return transfers.refer(child, needs, receiver=receiver if offered else None, by=by, at=at)


def _accept(lot: Lot, transfer: Transfer, *, here: bool = False) -> Transfer:
    team, worker = (lot.stage.team, lot.worker) if here else (lot.there.team, lot.sender)
    return transfers.accept(transfer, team=team, worker=worker, by=worker, at=lot.ago(3))


def _arrive_here(lot: Lot, shown: Shown, *, read: tuple[str, ...]) -> Child:
    """From the neighbour to the demo's authority, whose people can open the record then."""
    child = arrive(lot, shown, there=True)
    transfer = _accept(lot, _refer(lot, child, there=True), here=True)
    transfer = transfers.agree_day(transfer, london_day(lot.at), by=lot.worker, at=lot.ago(2))
    arrived_at = lot.ago(1)
    left_at = arrived_at - timedelta(hours=1)
    # Or its sender would be asked whether it has left.
    transfer = transfers.set_out(transfer, left_at=left_at, expected_at=arrived_at, by=lot.sender, at=left_at)
    transfers.confirm_arrival(
        transfer,
        arrived_at=arrived_at,
        handed_to="Iona Petherick, who is on shift in the house",
        team=lot.stage.team,
        worker=lot.worker,
        read=read,
        stays_placed=False,
        by=lot.worker,
        at=arrived_at,
    )
    live_at(lot, child, lot.homes[MACHINE], since=lot.ago(1, hours=0.5), by=lot.worker)
    return seen(lot, child)


CHILDREN = (
    Shown("Hamid", "Barakzai", ("Dari",), MACHINE, TransferStatus.REFERRED, _referred),
    Shown("Almaz", "Girmay", ("Tigrinya",), MACHINE, TransferStatus.DECLINED, _declined),
    Shown("Dritan", "Kolasi", ("Albanian",), MACHINE, TransferStatus.ACCEPTED, _accepted),
    Shown("Minh", "Trieu", ("Vietnamese",), MACHINE, TransferStatus.IN_TRANSIT, _in_transit),
    Shown("Sidra", "Kanaan", ("Arabic",), MACHINE, TransferStatus.ARRIVED, _arrived),
    Shown("Zerai", "Habtom", ("Tigrinya",), MACHINE, TransferStatus.COMPLETED, _completed),
    Shown("Rebin", "Shwan", ("Kurdish Sorani",), MACHINE, TransferStatus.WITHDRAWN, _withdrawn),
    Shown("Zana", "Rasul", ("Kurdish Sorani",), MACHINE, Beside.MISSING, _missing),
)
