"""The verbs of the way there: agree the day, set out, read what stands open, and arrive, which passes responsibility on."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from cases import (
    absences,
    called_off,
    care,
    checklists,
    doubted_arrivals,
    ended,
    journeys,
    move_days,
    placements,
    responsibilities,
)
from cases.clock import TOLERANCE
from cases.deadlines import london_day
from cases.journey_plans import LONGEST_WITH_A_NIGHT
from cases.journey_times import APART_AT_MOST
from cases.models import (
    Acknowledgement,
    Journey,
    JourneyConfirmation,
    Placement,
    Team,
    Transfer,
    User,
)
from cases.models.placements import OUT_AT_MOST
from cases.models.transfers import BEFORE_ARRIVAL
from cases.states import IllegalMove
from cases.states import TransferStatus as Status
from cases.transfers import announcements, steps

# A journey within the country is over within a day: what is later is a day mistyped.
LONGEST_JOURNEY = OUT_AT_MOST


class NeedsJourney(IllegalMove):
    """Nobody would confirm on the way, for longer than between two stops of a journey, that the child is there."""


class NotChecked(IllegalMove):
    """Nobody has recorded that the child left, and whoever confirms the arrival has not said that it is this child."""


def has_left(transfer: Transfer) -> bool:
    """Whether the sender has recorded the departure, or the escorts of the journey there that they have the child."""
    if transfer.status == Status.IN_TRANSIT:
        return True
    journey = Journey.objects.open().filter(child=transfer.child_id, kind=Journey.Kind.TRANSFER).first()
    return journey is not None and _have_it(journey)


def agree_day(
    transfer: Transfer, day: date, *, parted: str = "", stood: int | None = None, by: User, at: datetime
) -> Transfer:
    """Agree on which day the child moves, or on another; of a journey that was broken off, when it is tried again.

    The day is a trigger, and its announcement: for the child, and for those linked with it who stay in the home. Who
    they are and what they said when told and asked is `parted`: raises `partings.NotAsked` without. Around a day that
    stood before and is another's now nobody is watched any more, where that watch has not begun. A journey there that is
    to begin on another day is called off.
    """
    if day < london_day(at):
        raise IllegalMove("The day must be today or later.")
    with transaction.atomic():
        transfer, staying, watched = announcements.lock(transfer, day=day, at=at)
        steps.require(transfer, Status.DATE_SET, stood=stood)
        steps.break_off(transfer, by=by, at=at)
        before = transfer.moves_date
        transfer.moves_date, transfer.left_at, transfer.expected_at = day, None, None
        transfer.day_agreed_at = at
        told = announcements.asked(transfer, day, staying, parted=parted, by=by, at=at)
        fields = ("moves_date", "left_at", "expected_at", "day_agreed_at", *announcements.SAID)
        steps.move(transfer, Status.DATE_SET, *fields, kind="transfer_day_agreed", by=by, at=at)
        called_off.with_day(transfer, day, watched, by=by, at=at)
        announcements.drop(transfer, before, watched, move_days.ANOTHER_AGREED, day=day, by=by, at=at)
        announcements.of_day(transfer, day, staying, told, by=by, at=at)
    return transfer


def set_out(
    transfer: Transfer,
    *,
    left_at: datetime,
    expected_at: datetime,
    parted: str = "",
    stood: int | None = None,
    by: User,
    at: datetime,
) -> Transfer:
    """The child is on the way, and is expected at a time; raises `IllegalMove` for a departure to come.

    Meanwhile the home that the child left owes no roll-call: the expected arrival stands for it, as a time to be back
    does, and climbs when it has passed; with escorts each stop does, once they have the child. Who was out or away sets
    out from there, and is not waited for. Of a longer way, more than `APART_AT_MOST` from now, an open journey there with
    escorts, planned as a transfer, asks at each stop; without one that has begun, or begins within that time, it raises
    `NeedsJourney`. Those who stay behind are told and asked first, where the agreed day did not: `parted`, as there.
    """
    if left_at > at + TOLERANCE:
        raise IllegalMove("The departure must be now or in the past.")
    left_at = min(left_at, at)
    if not left_at < expected_at <= left_at + LONGEST_WITH_A_NIGHT:
        raise IllegalMove("The arrival is expected after the departure, and within 24 hours of it.")
    with transaction.atomic():
        transfer, staying, watched = announcements.lock(transfer, at=at)
        steps.require(transfer, Status.IN_TRANSIT, stood=stood)
        _require_soon(transfer, left_at, expected_at, at)
        _require_asked(transfer, expected_at, at)
        transfer.left_at, transfer.expected_at = left_at, expected_at
        told = announcements.asked_now(transfer, staying, parted=parted, by=by, at=at)
        fields = ("left_at", "expected_at", *announcements.SAID)
        status, kind = Status.IN_TRANSIT, "transfer_set_out"
        steps.move(transfer, status, *fields, kind=kind, happened_at=left_at, by=by, at=at)
        _drop_other_day(transfer, left_at, watched, by=by, at=at)
        announcements.of_departure(transfer, left_at, staying, told, by=by, at=at)
        _leave_home(transfer, by=by, at=at)
    return transfer


def _drop_other_day(
    transfer: Transfer, went_at: datetime, watched: Collection[int], *, by: User, at: datetime
) -> None:
    """The child set out, or came, on another day than the agreed one."""
    agreed, day = transfer.moves_date, london_day(went_at)
    announcements.drop(transfer, agreed, watched, move_days.ANOTHER_DAY, day=day, by=by, at=at)


def _asking(transfer: Transfer, at: datetime) -> Journey | None:
    """The journey there whose escorts are asked for the child from now on: picked up already, or to be in time.

    From now and not from the departure: for a child who has left already none can be planned that began then. One that
    is planned as a move ends where the sender places the child, and nobody would ask from there on.
    """
    journey = Journey.objects.open().filter(child=transfer.child, kind=Journey.Kind.TRANSFER).first()
    if journey is None or journey.departs_at <= at + APART_AT_MOST:
        return journey
    return journey if _have_it(journey) else None


def _require_soon(transfer: Transfer, left_at: datetime, expected_at: datetime, at: datetime) -> None:
    """Within a day; with a night on the way that a journey has planned, within the time that such a journey may take."""
    if expected_at <= left_at + LONGEST_JOURNEY:
        return
    journey = _asking(transfer, at)
    if journey is None or not journey.stops.filter(overnight=True).exists():
        raise IllegalMove("The arrival is expected after the departure, and within 24 hours of it.")


def _require_asked(transfer: Transfer, expected_at: datetime, at: datetime) -> None:
    """Of a child who is looked for the search asks already, and no journey can be planned."""
    if expected_at <= at + APART_AT_MOST or steps.is_sought(transfer):
        return
    if _asking(transfer, at) is None:
        if Journey.objects.open().filter(child=transfer.child).exclude(kind=Journey.Kind.TRANSFER).exists():
            raise NeedsJourney(
                "The journey that is open is not planned as a transfer, and does not count as the way there. Break it off"
                " and plan the journey with escorts as a transfer first."
            )
        raise NeedsJourney(
            "A child who is on the way for more than 2 hours is seen at each stop: plan the journey with escorts first."
        )


def _leave_home(transfer: Transfer, *, by: User, at: datetime) -> None:
    child, until = transfer.child, transfer.expected_at
    if until is None or until <= at or steps.is_sought(transfer):
        return
    absences.end_current(child, back_at=at, by=by, at=at)
    if until > at + OUT_AT_MOST or _have_it(_asking(transfer, at)):
        # The journey asks at each stop, with a night on the way as well, and the home for nothing once the escorts have
        # the child: a car that is late is no child who is not back.
        return
    if Placement.objects.current(at).filter(child=child).exists():
        place = steps.receiver_of(transfer).name
        absences.go_out(child, absences.Stay(until=until, place=place), by=by, at=at)


def _have_it(journey: Journey | None) -> bool:
    confirmed = JourneyConfirmation.objects.counting().filter(stop__journey=journey)
    return journey is not None and confirmed.exists()


def acknowledge(transfer: Transfer, items: Collection[str], *, by: User, at: datetime) -> Transfer:
    """Somebody of the receiver has read these items as they stand; the last one after the arrival completes the transfer.

    Before the acceptance, and for whomever it is not, there is nothing to read: raises `IllegalMove`.
    """
    if not items:
        raise IllegalMove("Select what you have read.")
    with transaction.atomic():
        transfer = steps.locked(transfer)
        if not (transfer.may_be_shared or transfer.status == Status.ARRIVED):
            raise IllegalMove("There is nothing to acknowledge in this transfer now.")
        _acknowledge(transfer, items, by=by, at=at)
        _complete(transfer, by=by, at=at)
    return transfer


def confirm_arrival(
    transfer: Transfer,
    *,
    arrived_at: datetime,
    handed_to: str,
    team: Team,
    worker: User,
    read: Collection[str] = (),
    stays_placed: bool,
    knows_child: bool = False,
    is_here: bool = False,
    stood: int | None = None,
    by: User,
    at: datetime,
) -> Transfer:
    """The child is there: the receiver is responsible from `at` on, and `worker` has the work in the same commit.

    Unless the child `stays_placed` where they were, that placement ends with the arrival, or a home that the child has
    left would be asked for them; the child then has nowhere recorded until the receiver records where. Care that had
    ended begins again. An open journey there is over: whoever received the child has seen it, and `knows_child` says
    whether they know its face. `arrived_at` is kept beside the start, which is never backdated. Where nobody has
    recorded that the child left, `is_here` says that name and reference were checked: `NotChecked` without. Raises
    `IllegalMove` where what stands open is neither in `read` nor acknowledged before, and where the worker could not
    open the record.
    """
    _require_said(arrived_at, handed_to, at)
    with ended.in_words(), transaction.atomic():
        transfer, watched = announcements.lock_watched(transfer, at=at)
        steps.require(transfer, Status.ARRIVED, stood=stood)
        if arrived_at < transfer.referred_at:
            raise IllegalMove("The arrival cannot be before the referral.")
        was_expected = _require_here(transfer, is_here=is_here)
        steps.require_worker(transfer, team, worker, at)
        _read_before(transfer, read, by=by, at=at)
        happened_at = min(arrived_at, at)
        _end_journey(transfer, happened_at, to=handed_to, knows_child=knows_child, by=by, at=at)
        transfer.arrived_at, transfer.confirmed_at = happened_at, at
        transfer.team, transfer.worker, transfer.handed_to = team, worker, handed_to.strip()
        fields = ("arrived_at", "confirmed_at", "team", "worker", "handed_to")
        steps.save(transfer, Status.ARRIVED, *fields)
        _drop_other_day(transfer, happened_at, watched, by=by, at=at)
        responsibilities.start(
            transfer.child,
            authority=steps.receiver_of(transfer),
            arrived_at=happened_at,
            work_of=(team, worker),
            by=by,
            at=at,
        )
        if stays_placed:
            absences.end_current(transfer.child, back_at=happened_at, by=by, at=at)
        said = steps.values(transfer, fields) | {"was_expected": was_expected}
        steps.record(transfer, "transfer_arrived", said, happened_at=happened_at, by=by, at=at)
        care.take_up(transfer.child, by=by, at=at)
        if not stays_placed:
            _end_placement(transfer, happened_at, by=by, at=at)
        _end_way(transfer, was_expected=was_expected, by=by, at=at)
        _complete(transfer, by=by, at=at)
    return transfer


def _end_way(transfer: Transfer, *, was_expected: bool, by: User, at: datetime) -> None:
    """Nobody waits for the child any more; of one who had not left the sender is asked whether it has."""
    # Also where the departure was written after the arrival.
    absences.end_way(transfer.child, until=transfer.expected_at, by=by, at=at)
    if not was_expected:
        doubted_arrivals.ask(transfer, by=by, at=at)


def _require_said(arrived_at: datetime, handed_to: str, at: datetime) -> None:
    if arrived_at > at + TOLERANCE:
        raise IllegalMove("The arrival must be now or in the past.")
    if not handed_to.strip():
        raise IllegalMove("Enter to whom the child was handed over.")


def _require_here(transfer: Transfer, *, is_here: bool) -> bool:
    """Whether the child was on the way: of one who was not, somebody says that it is this one."""
    if has_left(transfer):
        return True
    if not is_here:
        raise NotChecked("Check the name and the reference first: nobody has recorded that this child left.")
    return False


def _read_before(transfer: Transfer, read: Collection[str], *, by: User, at: datetime) -> None:
    _acknowledge(transfer, read, by=by, at=at)
    if any(not line.is_read for line in checklists.of(transfer, at=at) if line.item in BEFORE_ARRIVAL):
        raise IllegalMove("Say that you have read which risks and missing episodes are open.")


def _end_journey(
    transfer: Transfer, arrived_at: datetime, *, to: str, knows_child: bool, by: User, at: datetime
) -> None:
    seen = journeys.Seen(escort=to.strip(), happened_at=arrived_at, knows_child=knows_child)
    journeys.arrive(transfer.child, seen, by=by, at=at)


def _end_placement(transfer: Transfer, arrived_at: datetime, *, by: User, at: datetime) -> None:
    for placement in Placement.objects.current(at).filter(child=transfer.child, starts_at__lt=arrived_at):
        # In no language: the timeline says in the reader’s own that a placement has ended.
        reason = steps.way(transfer.sender, steps.receiver_of(transfer))
        placements.end(placement, ends_at=arrived_at, reason=reason, by=by, at=at)


def _acknowledge(transfer: Transfer, items: Collection[str], *, by: User, at: datetime) -> None:
    fresh = [Acknowledgement.Item(item) for item in dict.fromkeys(items)]
    if not fresh:
        return
    Acknowledgement.objects.bulk_create(
        [Acknowledgement(transfer=transfer, item=item, at=at, by=by) for item in fresh],
        ignore_conflicts=True,
    )
    steps.record(transfer, "transfer_read", {"items": sorted(fresh)}, by=by, at=at)


def _complete(transfer: Transfer, *, by: User, at: datetime) -> None:
    """All that stood open at the arrival has been read by the receiver: nothing is left of the transfer."""
    if transfer.status != Status.ARRIVED or not all(line.is_read for line in checklists.of(transfer, at=at)):
        return
    transfer.completed_at = at
    steps.move(transfer, Status.COMPLETED, "completed_at", kind="transfer_completed", by=by, at=at)
