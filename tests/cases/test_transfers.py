"""A transfer of responsibility: the sender's until the arrival is confirmed, the receiver's from that instant on."""

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from alerts import standings, whereabouts
from alerts.record_questions import untold_changes
from cases import (
    access,
    checklists,
    children,
    concerns,
    journey_plans,
    journeys,
    plans,
    responsibilities,
    restrictions,
    transfers,
)
from cases.deadlines import london_day
from cases.models import (
    Absence,
    Acknowledgement,
    Allocation,
    Child,
    Placement,
    Responsibility,
    Role,
    Transfer,
)
from cases.moves import SentBefore
from cases.states import TRANSFER_MOVES, IllegalMove, TransferStatus
from tests.cases.expectations import events, refused, taken_back
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_watched_child,
    accepted,
    an_authority,
    arrived,
    case_closed,
    confirmed,
    ended,
    journey_plan,
    missing,
    photographed,
    placed,
    planned,
    referred,
    somebody,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = AT + DAY
TODAY = london_day(NOW)
NOT_THERE = (
    "The journey that is open is not planned as a transfer, and does not count as the way there. Break it off and plan the"
    " journey with escorts as a transfer first."
)
ESCORTED = "A child who is on the way for more than 2 hours is seen at each stop: plan the journey with escorts first."
LOST = "somebody was faster. Open its page anew."


@pytest.fixture
def sender() -> Watched:
    return a_watched_child()


@pytest.fixture
def receiver() -> Watched:
    return a_watched_child(risk="low")


@pytest.fixture
def referral(sender: Watched) -> Transfer:
    """A transfer of the sender's child; those after it stand further on, each reached by the verbs."""
    return referred(sender.child, by=sender.worker, at=NOW)


@pytest.fixture
def allocated(sender: Watched, receiver: Watched, referral: Transfer) -> Transfer:
    return transfers.offer(referral, receiver.authority, by=sender.worker, at=NOW)


@pytest.fixture
def taken(receiver: Watched, allocated: Transfer) -> Transfer:
    return accepted(allocated, receiver.worker, at=NOW)


@pytest.fixture
def date_set(receiver: Watched, taken: Transfer) -> Transfer:
    return transfers.agree_day(taken, TODAY, by=receiver.worker, at=NOW)


@pytest.fixture
def in_transit(sender: Watched, date_set: Transfer) -> Transfer:
    return set_out(date_set, sender)


def set_out(transfer: Transfer, sender: Watched) -> Transfer:
    return transfers.set_out(transfer, left_at=NOW, expected_at=NOW + 2 * HOUR, by=sender.worker, at=NOW)


def take_in(transfer: Transfer, receiver: Watched, **fields) -> Transfer:
    told = {
        "arrived_at": NOW,
        "handed_to": "Ola Brightwell",
        "team": receiver.team,
        "worker": receiver.worker,
        "read": ["risks", "episodes"],
        "stays_placed": True,
        "is_here": True,
        "at": NOW,
    }
    return transfers.confirm_arrival(transfer, **(told | fields), by=receiver.desk.person)


def read_all(transfer: Transfer, receiver: Watched) -> Transfer:
    return transfers.acknowledge(transfer, list(Acknowledgement.Item), by=receiver.worker, at=NOW)


@pytest.mark.by_turns
def test_a_child_goes_from_referral_to_arrival_and_passes_at_that_instant(sender, receiver):
    child = sender.child
    with events(
        child,
        "transfer_referred",
        "transfer_allocated",
        "transfer_accepted",
        "transfer_day_agreed",
        "trigger_entered",
        "transfer_set_out",
        "went_out",
    ):
        transfer = referred(child, by=sender.worker, at=NOW)
        transfer = transfers.offer(transfer, receiver.authority, by=sender.worker, at=NOW)
        transfer = accepted(transfer, receiver.worker, at=NOW)
        transfer = set_out(transfers.agree_day(transfer, TODAY, by=receiver.worker, at=NOW), sender)
    assert responsibilities.responsible_authority(child, at=NOW) == sender.authority
    there, confirmed = NOW + 2 * HOUR, NOW + 4 * HOUR
    with events(child, "transfer_read", "responsibility_started", "allocated", "transfer_arrived") as written:
        transfer = take_in(transfer, receiver, arrived_at=there, at=confirmed)
    before = confirmed - timedelta(microseconds=1)
    assert responsibilities.responsible_authority(child, at=before) == sender.authority
    assert responsibilities.responsible_authority(child, at=confirmed) == receiver.authority
    row = Responsibility.objects.get(child=child, authority=receiver.authority)
    assert (row.starts_at, row.arrived_at) == (confirmed, there), "kept beside the start, never backdated"
    held = Allocation.objects.get(child=child, ends_at=None)
    assert (held.worker, held.team, held.starts_at) == (receiver.worker, receiver.team, confirmed)
    assert written[-1].happened_at == there
    with events(child, "transfer_read", "transfer_completed"):
        transfer = transfers.acknowledge(
            transfer,
            ["profile", "documents", "plan", "actions", "shortfall", "kept"],
            by=receiver.worker,
            at=confirmed + HOUR,
        )
    assert transfer.status == TransferStatus.COMPLETED


VERBS: dict[TransferStatus, Callable[[Transfer, Watched, Watched], Transfer]] = {
    TransferStatus.ALLOCATED: lambda t, s, r: transfers.offer(t, r.authority, by=s.worker, at=NOW),
    TransferStatus.ACCEPTED: lambda t, s, r: accepted(t, r.worker, at=NOW),
    TransferStatus.DECLINED: lambda t, s, r: transfers.decline(t, reason="Full", by=r.manager, at=NOW),
    TransferStatus.DATE_SET: lambda t, s, r: transfers.agree_day(t, TODAY, by=r.worker, at=NOW),
    TransferStatus.IN_TRANSIT: lambda t, s, r: set_out(t, s),
    TransferStatus.ARRIVED: lambda t, s, r: take_in(t, r),
    TransferStatus.WITHDRAWN: lambda t, s, r: transfers.withdraw(t, reason="Stays", by=s.worker, at=NOW),
}


def test_every_verb_moves_a_transfer_where_the_table_says_and_nowhere_else(sender, receiver, referral):
    seen = set[str]()

    def go_on_from(transfer: Transfer) -> None:
        """Try each verb where it stands, and go on from the first of it that leads where nobody has been."""
        current = TransferStatus(transfer.status)
        seen.add(current)
        # From there on the taking back of the arrival leads, which is tried by itself, and none of these.
        lawful = () if transfer.has_arrived else TRANSFER_MOVES[current]
        for wanted, verb in VERBS.items():
            if wanted in lawful:
                with taken_back():
                    moved = verb(transfer, sender, receiver)
                    assert moved.status == wanted, (current, wanted)
                    if wanted not in seen:
                        go_on_from(moved)
                continue
            words = f"The transfer cannot go from “{current.label}” to “{wanted.label}”: {LOST}"
            with pytest.raises(IllegalMove, match=f"^{re.escape(words)}$"):
                verb(transfer, sender, receiver)
        if current == TransferStatus.ARRIVED:
            # No verb of these leads there: what was to be read is.
            go_on_from(read_all(transfer, receiver))

    go_on_from(referral)
    assert seen == set(TransferStatus)


@pytest.mark.by_turns
def test_a_transfer_that_was_declined_is_offered_to_another_and_its_referral_counts_on(
    sender, receiver, allocated
):
    transfer = transfers.decline(allocated, reason="No bed", by=receiver.manager, at=NOW)
    assert transfer.decline_reason == "No bed"
    third = an_authority()
    transfer = transfers.offer(transfer, third, by=sender.worker, at=NOW + DAY)
    assert (transfer.receiver, transfer.referred_at, transfer.allocated_at) == (third, NOW, NOW + DAY)
    assert transfer.decline_reason == ""


def test_a_referral_is_refused_that_could_lead_nowhere(sender, receiver):
    child, by = sender.child, sender.worker
    with refused(child, "The day must be today or later."):
        referred(child, by=by, at=NOW, proposed_date=TODAY - DAY)
    with refused(child, "Enter what the child needs, and what the child says about it."):
        referred(child, by=by, at=NOW, needs=" ")
    with refused(child, "Select why the child is to go to another authority."):
        referred(child, by=by, at=NOW, reason="")
    with refused(child, "Enter the reason."):
        referred(child, by=by, at=NOW, reason="other", reason_note=" ")
    with refused(child, f"{sender.authority.said_name} is responsible already."):
        referred(child, sender.authority, by=by, at=NOW)
    gone = an_authority(valid_to=TODAY)
    with refused(child, f"{gone.said_name} does not exist any more."):
        referred(child, gone, by=by, at=NOW)
    first = referred(child, by=by, at=NOW)
    with refused(child, "A transfer of this child is open already."):
        referred(child, receiver.authority, by=by, at=NOW)
    said = {name: getattr(first, name) for name in transfers.Referral.__dataclass_fields__}
    again = transfers.refer(child, transfers.Referral(**said), key=first.key, by=by, at=NOW)
    assert again == first, "the same form sent twice is one transfer"
    other = transfers.Referral(**said | {"wishes": "Wants to stay"})
    with refused(child, "A transfer of this child is open already."):
        transfers.refer(child, other, key=first.key, by=by, at=NOW)
    transfers.withdraw(first, reason="Mistake", by=by, at=NOW)
    with pytest.raises(SentBefore, match="withdrawn since"):
        transfers.refer(child, other, key=first.key, by=by, at=NOW)
    with refused(child, "This form was sent by somebody else. Open it anew."):
        transfers.refer(
            child,
            transfers.Referral(
                kind="nts", reason="share", needs="x", wishes="y", wishes_language="z", proposed_date=TODAY
            ),
            key=first.key,
            by=receiver.worker,
            at=NOW,
        )


@pytest.mark.by_turns(8)
def test_whoever_is_named_can_do_the_work_on_the_day(sender, receiver, allocated):
    child = sender.child
    with refused(child, f"The team must be one of {receiver.authority.said_name}."):
        accepted(allocated, sender.worker, at=NOW)
    colleague = a_person(Role.TEAM_MANAGER, team=receiver.team)
    words = f"{colleague.name} is no social worker of {receiver.team.name} now. Choose somebody else."
    with refused(child, words):
        accepted(allocated, colleague, at=NOW)
    concerns.keep_from(child, receiver.worker, reason="An allegation", by=sender.manager, at=NOW)
    words = f"{receiver.worker.name} cannot be given {child.reference}. Choose somebody else, or ask your head of service."
    with refused(child, words):
        accepted(allocated, receiver.worker, at=NOW)


@pytest.mark.by_turns(8)
def test_a_restricted_child_is_accepted_for_somebody_who_is_named(sender, receiver, allocated):
    child = sender.child
    standing = restrictions.restrict(child, reason="A threat", named=[], by=sender.manager, at=NOW)
    words = (
        f"This record is restricted: {receiver.worker.name} must be one of the people named."
        " Ring the sender’s manager."
    )
    with refused(child, words):
        accepted(allocated, receiver.worker, at=NOW)
    people = {one.user for one in restrictions.candidates(child, reader=sender.manager, at=NOW)}
    assert {receiver.worker, receiver.manager} <= people, "the sender can name the receiver's people"
    named = {
        "reason": "Takes the child over",
        "until": None,
        "seconded_by": sender.head,
        "by": sender.manager,
    }
    restrictions.name(standing, receiver.worker, **named, at=NOW)
    assert accepted(allocated, receiver.worker, at=NOW).worker == receiver.worker


@pytest.mark.by_turns(8)
def test_an_arrival_is_confirmed_of_a_child_of_whom_is_read_what_stands_open(sender, receiver, in_transit):
    child, words = sender.child, "Say that you have read which risks and missing episodes are open."
    with refused(child, words):
        take_in(in_transit, receiver, read=["risks"])
    transfers.acknowledge(in_transit, ["risks", "episodes"], by=receiver.worker, at=NOW + HOUR)
    missing(child, by=sender.carer, at=NOW + 2 * HOUR)
    with refused(child, words):
        take_in(in_transit, receiver, read=[], at=NOW + 3 * HOUR)
    done = take_in(in_transit, receiver, read=["episodes"], at=NOW + 3 * HOUR)
    assert done.status == TransferStatus.ARRIVED


@pytest.mark.by_turns(8)
def test_an_arrival_is_neither_to_come_nor_before_the_referral_nor_handed_to_nobody(
    sender, receiver, in_transit
):
    with refused(sender.child, "The arrival must be now or in the past."):
        take_in(in_transit, receiver, arrived_at=NOW + HOUR)
    with refused(sender.child, "The arrival cannot be before the referral."):
        take_in(in_transit, receiver, arrived_at=AT)
    with refused(sender.child, "Enter to whom the child was handed over."):
        take_in(in_transit, receiver, handed_to=" ")
    with refused(sender.child, "The departure must be now or in the past."):
        transfers.set_out(
            in_transit, left_at=NOW + HOUR, expected_at=NOW + 2 * HOUR, by=sender.worker, at=NOW
        )
    words = "The arrival is expected after the departure, and within 24 hours of it."
    for expected in (NOW, NOW + timedelta(hours=49)):
        with refused(sender.child, words):
            transfers.set_out(in_transit, left_at=NOW, expected_at=expected, by=sender.worker, at=NOW)


@pytest.mark.by_turns
def test_a_way_of_more_than_two_hours_is_a_journey_with_escorts(sender, receiver, date_set):
    """Nobody asked for the child on the way, for up to a day and in its first 72 hours too."""

    def leave(expected_at: datetime, *, left_at: datetime = NOW) -> Transfer:
        return transfers.set_out(date_set, left_at=left_at, expected_at=expected_at, by=sender.worker, at=NOW)

    with refused(sender.child, ESCORTED):
        leave(NOW + 2 * HOUR + timedelta(minutes=1))
    # What is left of the way is what nobody would ask about.
    with taken_back():
        leave(NOW + 2 * HOUR, left_at=NOW - 3 * HOUR)
    departs_at = NOW + timedelta(minutes=5)
    planned(sender.child, by=sender.worker, departs_at=departs_at, at=NOW, kind="transfer")
    assert leave(NOW + 5 * HOUR).status == TransferStatus.IN_TRANSIT


# What the journey is for, when it sets out, whether its escorts have the child, and whether it counts as the way there.
WAYS = (
    ("transfer", 2 * HOUR, False, True),
    # To another home of the sender, or to court and back: nobody asks from there on.
    ("move", 2 * HOUR, False, False),
    ("move", HOUR, True, False),
    # Its pick-up would be asked for after more than two hours.
    ("transfer", 2 * HOUR + MINUTE, False, False),
    ("transfer", 7 * DAY, False, False),
    # The escorts came early, and have the child.
    ("transfer", 3 * HOUR, True, True),
    ("other", HOUR, False, False),
    ("other", HOUR, True, False),
)


@pytest.mark.by_turns(8)
def test_a_long_way_needs_the_journey_there_and_one_that_begins_in_time(sender, receiver, date_set):
    gone = {"left_at": NOW, "by": sender.worker, "at": NOW}
    for way in WAYS:
        kind, wait, picked_up, counts = way
        with taken_back():
            made = planned(sender.child, by=sender.worker, departs_at=NOW + wait, at=NOW, kind=kind)
            if picked_up:
                confirmed(made, 0, by=sender.worker, at=NOW)
            transfer = Transfer.objects.get(pk=date_set.pk)
            if counts:
                status = transfers.set_out(transfer, expected_at=NOW + 20 * HOUR, **gone).status
                assert status == TransferStatus.IN_TRANSIT, way
                continue
            with refused(sender.child, ESCORTED if kind == "transfer" else NOT_THERE):
                transfers.set_out(transfer, expected_at=NOW + 20 * HOUR, **gone)
            # A short way is asked for by the receiver alone.
            transfers.set_out(transfer, expected_at=NOW + 2 * HOUR, **gone)


@pytest.mark.by_turns
def test_a_child_who_left_hours_ago_is_asked_for_from_now_on(sender, receiver, date_set):
    at = NOW + 3 * HOUR
    times = {"left_at": NOW, "expected_at": NOW + 8 * HOUR, "by": sender.worker, "at": at}
    with refused(sender.child, ESCORTED):
        transfers.set_out(date_set, **times)
    planned(sender.child, by=sender.worker, departs_at=at + MINUTE, at=at, kind="transfer")
    assert transfers.set_out(date_set, **times).status == TransferStatus.IN_TRANSIT


def test_a_night_of_another_journey_makes_no_way_longer(sender, receiver, date_set):
    noon = NOW.replace(hour=12, minute=0)
    moments = [*(noon + 2 * number * HOUR for number in range(6)), noon + 20 * HOUR]
    places = tuple(
        journey_plans.Place(place=f"Place {number}", due_at=moment, overnight=number == 5)
        for number, moment in enumerate(moments)
    )
    wanted = replace(journey_plan(departs_at=noon, told_at=NOW, kind="other"), places=places)
    journeys.plan(sender.child, wanted, by=sender.worker, at=NOW)
    with refused(sender.child, "The arrival is expected after the departure, and within 24 hours of it."):
        transfers.set_out(date_set, left_at=noon, expected_at=noon + 25 * HOUR, by=sender.worker, at=noon)


@pytest.mark.by_turns
def test_a_way_with_a_night_on_it_may_take_two_days(sender, receiver, date_set):
    """From midday on, with the night at the sixth stop; the home is not told that the child is back within a day."""
    noon = NOW.replace(hour=12, minute=0)
    moments = [*(noon + 2 * number * HOUR for number in range(6)), noon + 20 * HOUR]
    moments += [moments[-1] + 2 * number * HOUR for number in range(1, 4)]
    places = tuple(
        journey_plans.Place(place=f"Place {number}", due_at=moment, overnight=number == 5)
        for number, moment in enumerate(moments)
    )

    def leave() -> Transfer:
        return transfers.set_out(date_set, left_at=noon, expected_at=moments[-1], by=sender.worker, at=noon)

    with refused(sender.child, "The arrival is expected after the departure, and within 24 hours of it."):
        leave()
    wanted = replace(journey_plan(departs_at=noon, told_at=NOW, kind="transfer"), places=places)
    journeys.plan(sender.child, wanted, by=sender.worker, at=NOW)
    assert leave().status == TransferStatus.IN_TRANSIT
    assert not Absence.objects.filter(child=sender.child).exists()


@pytest.mark.by_turns
def test_a_child_who_is_looked_for_sets_out_without_escorts(sender, receiver, date_set):
    missing(sender.child, by=sender.worker, at=NOW)
    gone = transfers.set_out(date_set, left_at=NOW, expected_at=NOW + 5 * HOUR, by=sender.worker, at=NOW)
    assert gone.status == TransferStatus.IN_TRANSIT


@pytest.mark.by_turns
def test_the_checklist_is_of_what_stands_and_what_came_since_is_to_be_read_again(sender, receiver, taken):
    child = sender.child
    children.set_risk(child, "high", reason="A car", by=sender.worker, at=NOW + HOUR)
    concerns.mark(child, reason="A van", by=sender.worker, at=NOW + HOUR)
    photographed(child, at=NOW + HOUR)
    transfers.acknowledge(taken, ["risks", "documents"], by=receiver.worker, at=NOW + 2 * HOUR)
    stands = {line.item: line for line in checklists.of(taken, at=NOW + 3 * HOUR)}
    assert {item: line.count for item, line in stands.items() if item != "profile"} == {
        "risks": 2,
        "episodes": 0,
        "documents": 1,
        "plan": 0,
        "actions": 0,
        "shortfall": 0,
        "kept": 1,
    }
    assert {item for item, line in stands.items() if line.is_read} == {"risks", "documents"}
    episode = missing(child, by=sender.carer, at=NOW + 3 * HOUR)
    concerns.mark(child, reason="The van came again", by=sender.worker, at=NOW + 3 * HOUR)
    stands = {line.item: line for line in checklists.of(taken, at=NOW + 4 * HOUR)}
    assert (stands["episodes"].count, stands["risks"].is_read) == (1, False)
    ended(episode, at=NOW + 5 * HOUR)
    done = arrived(taken, at=NOW + 6 * HOUR)
    assert done.status == TransferStatus.COMPLETED
    concerns.mark(child, reason="Another", by=receiver.worker, at=NOW + 7 * HOUR)
    assert all(line.is_read for line in checklists.of(done, at=NOW + 8 * HOUR)), "the receiver's own"


@pytest.mark.by_turns(8)
def test_nothing_else_passes_responsibility_on_or_closes_the_case_while_a_transfer_is_open(
    sender, receiver, taken
):
    words = "A transfer of this child is open: it passes on by its arrival, or is withdrawn first."
    with refused(sender.child, words):
        responsibilities.start(sender.child, authority=an_authority(), by=sender.worker, at=NOW)
    with refused(sender.child, "A transfer of this child is open. Withdraw it first."):
        case_closed(sender.child, reason="Reunited", by=sender.manager, at=NOW)


@pytest.mark.by_turns(8)
def test_a_closed_case_and_a_drill_are_transferred_to_nobody(sender):
    drilled = a_child(sender.authority, by=sender.worker)
    type(drilled).objects.filter(pk=drilled.pk).update(is_drill=True)
    with refused(drilled, "The child of a drill is transferred to nobody."):
        referred(drilled, at=NOW)
    closed = a_child(sender.authority, by=sender.worker)
    children.close(closed, reason="Reunited", seconded_by=somebody(), by=sender.manager, at=NOW)
    with refused(closed, "This case is closed: nothing more can be recorded in it."):
        referred(closed, at=NOW)


def _put(transfer: Transfer, **values: object) -> None:
    """As one statement of SQL, looked at as at a commit."""
    columns = ", ".join(f"{name} = %s" for name in values)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE cases_transfer SET {columns} WHERE id = %s",
            [*values.values(), transfer.pk],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


# Where a transfer stands, and what no verb writes there.
UNWRITTEN = {
    "accepted": [{"worker_id": None}, {"status": "arrived"}],
    "in_transit": [
        {"status": "arrived", "arrived_at": NOW, "confirmed_at": NOW, "handed_to": "Somebody"},
        {"expected_at": NOW},
    ],
    "date_set": [{"moves_date": None}],
    "allocated": [{"receiver_id": None}, {"status": "withdrawn"}, {"status": "declined"}],
    "withdrawn": [{"status": "completed"}],
    "referred": [{"needs": ""}],
}


@pytest.mark.by_turns(8)
def test_the_database_refuses_a_transfer_that_no_verb_writes(sender, receiver, referral):
    left = dict(UNWRITTEN)

    def look(transfer: Transfer) -> Transfer:
        for values in left.pop(transfer.status):
            print("written of one that is", transfer.status, values)
            with pytest.raises(IntegrityError):
                _put(transfer, **values)
        return transfer

    transfer = transfers.offer(look(referral), receiver.authority, by=sender.worker, at=NOW)
    transfer = look(accepted(look(transfer), receiver.worker, at=NOW))
    transfer = look(transfers.agree_day(transfer, TODAY, by=receiver.worker, at=NOW))
    transfer = look(set_out(transfer, sender))
    look(transfers.withdraw(transfer, reason="Stays", by=sender.worker, at=NOW))
    assert not left


@pytest.mark.by_turns(8)
def test_the_database_holds_one_open_transfer_that_is_the_responsible_authoritys_own(sender, receiver, taken):
    with pytest.raises(IntegrityError, match="not what its responsibilities say"):
        _put(taken, sender_id=an_authority().pk)
    again = Transfer.objects.get(pk=taken.pk)
    again.pk, again.key = None, uuid.uuid4()
    with pytest.raises(IntegrityError, match="transfer_one_open_per_child"), transaction.atomic():
        again.save(force_insert=True)
    with pytest.raises(IntegrityError, match="not what its responsibilities say"):
        _start(sender.child)
    with pytest.raises(IllegalMove):
        referred(sender.child, at=NOW)


def _start(child: Child) -> None:
    """Another authority made responsible by one statement of SQL, looked at as at a commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        Responsibility.objects.create(child=child, authority=an_authority(), starts_at=NOW + DAY)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.by_turns
def test_the_home_that_a_child_has_left_is_asked_for_them_no_more(sender, receiver, in_transit):
    out = Absence.objects.get(child=sender.child)
    assert (out.kind, out.until, out.ends_at) == ("out", NOW + 2 * HOUR, None)
    take_in(in_transit, receiver, arrived_at=NOW + HOUR, at=NOW + 2 * HOUR, stays_placed=False)
    placement = Placement.objects.get(child=sender.child)
    assert placement.ends_at == NOW + HOUR
    out.refresh_from_db()
    assert out.ends_at == NOW + HOUR
    assert not access.may(sender.carer, sender.child, access.Permission.RECORD_CONTACT, at=NOW + 2 * HOUR)


@pytest.mark.by_turns
def test_of_a_journey_that_was_broken_off_the_home_is_asked_again(sender, receiver, in_transit):
    later = {"by": sender.worker, "at": NOW + HOUR}
    with taken_back():
        transfers.withdraw(in_transit, reason="The van broke down", **later)
        assert Absence.objects.get(child=sender.child).ends_at == NOW + HOUR, "withdrawn"
    transfers.agree_day(Transfer.objects.get(pk=in_transit.pk), TODAY, **later)
    assert Absence.objects.get(child=sender.child).ends_at == NOW + HOUR, "another day"


@pytest.mark.by_turns
def test_a_child_who_lives_on_where_they_were_stays_placed_there(sender, receiver, date_set):
    take_in(date_set, receiver, stays_placed=True)
    assert Placement.objects.get(child=sender.child).ends_at is None


@pytest.mark.by_turns
def test_an_absence_that_ends_with_the_arrival_is_told_of_where_the_child_lives_on(
    sender, receiver, in_transit
):
    take_in(in_transit, receiver, arrived_at=NOW + HOUR, at=NOW + 2 * HOUR, stays_placed=True)
    assert not Absence.objects.filter(child=sender.child, ends_at=None).exists()
    assert list(untold_changes(NOW)) == []


@pytest.mark.by_turns
def test_a_placement_that_the_arrival_found_begun_stands(sender, receiver, date_set):
    Placement.objects.filter(child=sender.child).update(starts_at=NOW)
    take_in(date_set, receiver, stays_placed=False)
    assert Placement.objects.get(child=sender.child).ends_at is None


@pytest.mark.by_turns
def test_a_placement_that_began_after_the_stated_arrival_follows_the_one_before_it_without_a_gap(
    sender, receiver, date_set
):
    placed(sender.child, by=sender.worker, starts_at=NOW + HOUR, at=NOW + HOUR)
    take_in(date_set, receiver, arrived_at=NOW + HOUR / 2, at=NOW + 2 * HOUR, stays_placed=False)
    found = [
        (one.starts_at, one.ends_at)
        for one in whereabouts.stays(sender.child, reader=sender.worker, now=NOW + 3 * HOUR)
    ]
    assert found[0] == (NOW + HOUR, None)
    assert found[1][1] == NOW + HOUR
    assert all(
        one.placement for one in whereabouts.stays(sender.child, reader=sender.worker, now=NOW + 3 * HOUR)
    )


@pytest.mark.by_turns(8)
def test_between_the_arrival_and_a_placement_that_is_recorded_later_the_child_has_nowhere_recorded(
    sender, receiver, date_set
):
    take_in(date_set, receiver, arrived_at=NOW + HOUR, at=NOW + 2 * HOUR, stays_placed=False)
    (gap, _before) = whereabouts.stays(sender.child, reader=sender.worker, now=NOW + 3 * HOUR)
    assert (gap.placement, gap.starts_at, gap.ends_at) == (None, NOW + HOUR, None)
    assert standings.of([sender.child.pk], now=NOW + 3 * HOUR)[sender.child.pk].placement is None
    placed(sender.child, by=receiver.worker, starts_at=NOW + 4 * HOUR, at=NOW + 5 * HOUR)
    new, gap, _before = whereabouts.stays(sender.child, reader=sender.worker, now=NOW + 5 * HOUR)
    assert (gap.placement, gap.starts_at, gap.ends_at) == (None, NOW + HOUR, NOW + 4 * HOUR)
    assert new.placement is not None


@pytest.mark.by_turns
def test_setting_out_leaves_a_search_and_an_absence_that_stands_alone(sender, receiver, date_set):
    missing(sender.child, at=NOW)
    set_out(date_set, sender)
    assert not Absence.objects.filter(child=sender.child).exists()


@pytest.mark.by_turns
def test_a_medium_grade_the_plan_its_open_actions_and_what_the_placement_cannot_keep_stand_on_the_checklist(
    sender, receiver, taken
):
    child, own = sender.child, {"by": sender.worker, "at": NOW + HOUR}
    lines = {line.item: line for line in checklists.of(taken, at=NOW + HOUR)}
    before = {item: line.count for item, line in lines.items()}
    children.set_risk(child, "medium", reason="A car", **own)
    plan = plans.Plan(
        goals="Settle in",
        if_missing="Ring 101",
        contacts="Duty, day and night",
        agreed_with="The carer",
        child_agrees="agrees",
        review_date=(NOW + 30 * DAY).date(),
    )
    plans.write(child, plan, **own)
    asked = {"owner": sender.worker, "by_date": (NOW + 9 * DAY).date()}
    action = plans.ask(child, "Change the SIM card", **asked, **own)
    placement = child.placements.get(ends_at=None)
    plans.ask(child, "No waking night staff", placement=placement, **asked, **own)
    counts = {line.item: line.count for line in checklists.of(taken, at=NOW + 2 * HOUR)}
    grown = {item: count - before[item] for item, count in counts.items() if count != before[item]}
    assert grown == {"risks": 1, "plan": 1, "actions": 1, "shortfall": 1}
    plans.end(action, "done", said="It is changed", by=sender.worker, at=NOW + 3 * HOUR)
    counts = {line.item: line.count for line in checklists.of(taken, at=NOW + 4 * HOUR)}
    assert counts["actions"] == 0


@pytest.mark.by_turns
def test_of_marks_that_keep_somebody_from_the_child_the_checklist_tells_nothing_and_asks_alike(
    sender, receiver, taken
):
    (before,) = [line for line in checklists.of(taken, at=NOW) if line.item == "kept"]
    concerns.keep_from(sender.child, sender.carer, reason="Is their uncle", by=sender.manager, at=NOW)
    (after,) = [line for line in checklists.of(taken, at=NOW) if line.item == "kept"]
    assert after == before
    assert after.is_asked


@pytest.mark.by_turns
def test_a_transfer_is_complete_only_when_each_of_its_items_is_read(sender, receiver, in_transit):
    transfer = take_in(in_transit, receiver)
    left = [item for item in Acknowledgement.Item if item not in ("risks", "episodes")]
    for item in left:
        assert transfer.status == TransferStatus.ARRIVED
        transfer = transfers.acknowledge(transfer, [item], by=receiver.worker, at=NOW + HOUR)
    assert transfer.status == TransferStatus.COMPLETED
