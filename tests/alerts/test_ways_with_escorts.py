"""A child on the way with escorts is asked for at each stop, and waited for nowhere else."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import timeline
from alerts.models import AlertStep, Clock
from cases import clock as wall
from cases import concerns, contacts, transfers
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import Absence, Child, Journey, MissingEpisode, Transfer
from cases.templatetags.govuk import gov_time
from tests.alerts.test_silence_scenarios import tick
from tests.factories import (
    AT,
    Watched,
    a_force_mailbox,
    a_watched_child,
    agreed,
    arrived,
    confirmed,
    out,
    planned,
    seen,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Two in the afternoon of the second day, between two roll-calls.
DEPARTS = AT + 29 * HOUR


@pytest.fixture
def sender() -> Watched:
    found = a_watched_child()
    seen(found.child, by=found.carer, at=DEPARTS - HOUR)
    return found


@pytest.fixture
def receiver() -> Watched:
    found = a_watched_child(risk="low")
    a_force_mailbox(found.force)
    return found


def journey(sender: Watched, *, stops: int, kind: str = Journey.Kind.TRANSFER, **said) -> Journey:
    at = DEPARTS - 50 * MINUTE
    return planned(sender.child, by=sender.worker, departs_at=DEPARTS, stops=stops, at=at, kind=kind, **said)


@pytest.fixture
def transfer(sender: Watched, receiver: Watched) -> Transfer:
    """On the day that is agreed."""
    return agreed(sender, receiver, moves_at=DEPARTS, at=DEPARTS - HOUR)


def gone(
    sender: Watched,
    transfer: Transfer,
    *,
    hours: int,
    at: datetime = DEPARTS + MINUTE,
    left_at: datetime = DEPARTS,
) -> Transfer:
    """The sender says at `at` that the child has left, and is expected so many hours after the departure."""
    expected_at = DEPARTS + hours * HOUR
    return transfers.set_out(transfer, left_at=left_at, expected_at=expected_at, by=sender.worker, at=at)


def climbed(child: Child, kind: str = Clock.Kind.CONTACT, duty: str = "") -> list[str]:
    rows = AlertStep.objects.filter(alert__child=child, alert__clock__kind=kind, alert__clock__duty=duty)
    return list(rows.order_by("pk").values_list("step", flat=True))


def arrival(child: Child) -> list[str]:
    """Who has heard that nobody confirms the arrival."""
    return climbed(child, Clock.Kind.TRANSFER, "arrival")


def is_out(child: Child) -> bool:
    return Absence.objects.filter(child=child, ends_at=None).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("first", ["picked up", "said to have left"])
def test_a_late_car_whose_escorts_confirm_each_stop_calls_nobody(sender, receiver, transfer, first) -> None:
    """Half an hour after the arrival was expected the police were rung, of a child who was with its escorts."""
    made = journey(sender, stops=4)
    if first == "picked up":
        confirmed(made, 0, by=sender.worker, at=DEPARTS)
    going = gone(sender, transfer, hours=5)
    if first != "picked up":
        assert is_out(sender.child)
        # Told by phone a little later, of a time before the departure was written.
        confirmed(made, 0, by=sender.worker, at=DEPARTS + 2 * MINUTE, happened_at=DEPARTS)
    assert not is_out(sender.child)
    for number in range(1, 5):
        # Ten minutes later at each stop than at the one before.
        at = DEPARTS + number * (HOUR + 10 * MINUTE)
        tick(at)
        confirmed(made, number, by=sender.worker, at=at)
    going.refresh_from_db()
    assert going.expected_at == DEPARTS + 5 * HOUR + 40 * MINUTE
    tick(going.expected_at)
    assert climbed(sender.child) == []
    assert arrival(sender.child) == []
    # And a stop that nobody confirms climbs as ever.
    tick(going.expected_at + 60 * MINUTE)
    assert climbed(sender.child) == ["R1", "R2", "R3"]
    assert "R1" in arrival(sender.child)


def test_that_an_arrival_is_expected_later_is_an_event_and_the_departure_keeps_its_time(
    sender, receiver, transfer
):
    """The timeline said of the departure what was only known hours after it, and nobody read who had said so."""
    made = journey(sender, stops=2)
    confirmed(made, 0, by=sender.worker, at=DEPARTS)
    going = gone(sender, transfer, hours=3)
    confirmed(made, 1, by=sender.worker, at=DEPARTS + HOUR + 20 * MINUTE)
    event = sender.child.events.get(kind="transfer_later")
    was, now = DEPARTS + 3 * HOUR, DEPARTS + 3 * HOUR + 20 * MINUTE
    assert (event.actor, event.subject_id) == (sender.worker, going.pk)
    assert (event.data["was"], event.data["expected_at"]) == (was.isoformat(), now.isoformat())
    # As late as it is already it is no later.
    confirmed(made, 2, by=sender.worker, at=DEPARTS + 2 * HOUR + 20 * MINUTE)
    assert sender.child.events.filter(kind="transfer_later").count() == 1
    told = timeline.of(sender.child, permissions=frozenset(Permission)).rows
    said = {getattr(row, "title", ""): getattr(row, "text", "") for row in told}
    assert said[f"On the way to {receiver.authority.name}"] == f"Expected there {gov_time(was)}"
    late = said[f"Expected later at {receiver.authority.name}: the escorts are late"]
    assert late == f"Expected there {gov_time(now)}, and not {gov_time(was)}"


@pytest.mark.by_turns
def test_whoever_was_handed_over_in_time_is_no_child_who_is_not_back(sender, receiver, transfer) -> None:
    """The receiver is slow to confirm the arrival: both desks hear of that, and no police force."""
    made = journey(sender, stops=1)
    gone(sender, transfer, hours=2)
    for number in range(3):
        confirmed(made, number, by=sender.worker, at=DEPARTS + number * HOUR - 10 * MINUTE * (number // 2))
    assert not is_out(sender.child)
    for minutes in (1, 16, 31, 61):
        tick(DEPARTS + 2 * HOUR + minutes * MINUTE)
    assert climbed(sender.child) == []
    assert not MissingEpisode.objects.filter(child=sender.child).exists()
    assert arrival(sender.child) == ["R1", "R2"]


@pytest.mark.by_turns
def test_an_early_stop_makes_no_arrival_earlier(sender, receiver, transfer) -> None:
    made = journey(sender, stops=1)
    going = gone(sender, transfer, hours=2)
    confirmed(made, 0, by=sender.worker, at=DEPARTS + 2 * MINUTE, happened_at=DEPARTS - MINUTE)
    confirmed(made, 1, by=sender.worker, at=DEPARTS + HOUR / 2)
    going.refresh_from_db()
    assert going.expected_at == DEPARTS + 2 * HOUR


@pytest.mark.by_turns
@pytest.mark.parametrize("stays", [True, False])
def test_a_departure_that_was_written_after_the_arrival_waits_for_nobody(
    sender, receiver, transfer, stays
) -> None:
    written_at = DEPARTS + 80 * MINUTE
    transfer = gone(sender, transfer, hours=2, at=written_at)
    assert is_out(sender.child)
    at = written_at + 10 * MINUTE
    arrived(transfer, stays_placed=stays, arrived_at=written_at - 10 * MINUTE, at=at)
    assert not is_out(sender.child)
    tick(DEPARTS + 2 * HOUR + 31 * MINUTE)
    assert climbed(sender.child) == []


@pytest.mark.by_turns
def test_who_lives_on_where_it_was_and_has_gone_out_since_is_waited_for(sender, receiver, transfer) -> None:
    transfer = gone(sender, transfer, hours=2)
    transfers.agree_day(transfer, london_day(DEPARTS), by=receiver.worker, at=DEPARTS + HOUR)
    out(sender.child, by=sender.carer, at=DEPARTS + 90 * MINUTE, until=DEPARTS + 3 * HOUR)
    arrived(
        Transfer.objects.get(), stays_placed=True, arrived_at=DEPARTS + 80 * MINUTE, at=DEPARTS + 100 * MINUTE
    )
    assert is_out(sender.child)


@pytest.mark.by_turns
@pytest.mark.parametrize(("kind", "goes"), [("move", True), ("transfer", True), ("other", False)])
def test_who_is_picked_up_where_it_is_out_is_waited_for_there_no_more(sender, kind, goes) -> None:
    made = journey(sender, stops=1, kind=kind, apart=2 * HOUR)
    out(sender.child, by=sender.carer, at=DEPARTS - 40 * MINUTE, until=DEPARTS + HOUR)
    confirmed(made, 0, by=sender.worker, at=DEPARTS)
    # From another journey it goes back, and the home has said by when.
    assert is_out(sender.child) is not goes
    tick(DEPARTS + HOUR + 31 * MINUTE)
    assert ("R3" in climbed(sender.child)) is not goes


@pytest.mark.by_turns
def test_who_sets_out_where_it_is_out_is_waited_for_where_it_goes(sender, receiver, transfer) -> None:
    out(sender.child, by=sender.carer, at=DEPARTS - 40 * MINUTE, until=DEPARTS + HOUR)
    gone(sender, transfer, hours=2)
    standing = Absence.objects.get(child=sender.child, ends_at=None)
    assert (standing.until, standing.place) == (DEPARTS + 2 * HOUR, receiver.authority.name)
    tick(DEPARTS + HOUR + 31 * MINUTE)
    assert climbed(sender.child) == []


def test_a_move_that_is_open_is_not_the_way_there_and_the_arrival_is_waited_for(
    sender, receiver, transfer
) -> None:
    """Of a child in transit who was handed over by a move nobody rang the police until the next roll-call."""
    made = journey(sender, stops=0, kind="move")
    confirmed(made, 0, by=sender.worker, at=DEPARTS)
    going = gone(sender, transfer, hours=2)
    confirmed(made, 1, by=sender.worker, at=DEPARTS + HOUR + 30 * MINUTE)
    assert is_out(sender.child)
    going.refresh_from_db()
    assert going.expected_at == DEPARTS + 2 * HOUR
    tick(DEPARTS + 2 * HOUR + 31 * MINUTE)
    assert "R3" in climbed(sender.child)


@pytest.mark.by_turns
def test_who_was_not_back_before_it_set_out_is_looked_for_still(sender, receiver, transfer) -> None:
    out(sender.child, by=sender.carer, at=DEPARTS - 40 * MINUTE, until=DEPARTS - 30 * MINUTE)
    gone(sender, transfer, hours=2)
    tick(DEPARTS + 2 * MINUTE)
    assert "R1" in climbed(sender.child)


@pytest.mark.by_turns
def test_a_pick_up_that_is_withdrawn_lets_the_outing_go_on_until_the_next_stop(sender) -> None:
    made = journey(sender, stops=1, kind="move")
    out(sender.child, by=sender.carer, at=DEPARTS - 40 * MINUTE, until=DEPARTS + 3 * HOUR)
    one = confirmed(made, 0, by=sender.worker, at=DEPARTS)
    contacts.withdraw(one.contact, reason="Another child", by=sender.worker, at=DEPARTS + MINUTE)
    assert is_out(sender.child)
    again = confirmed(made, 0, by=sender.worker, at=DEPARTS + 2 * MINUTE)
    confirmed(made, 1, by=sender.worker, at=DEPARTS + HOUR)
    contacts.withdraw(again.contact, reason="Another child", by=sender.worker, at=DEPARTS + 61 * MINUTE)
    assert Absence.objects.get(child=sender.child).ends_at == DEPARTS + HOUR


@pytest.mark.by_turns
def test_the_word_of_an_escort_whom_the_child_is_kept_from_ends_no_outing(sender, receiver, transfer) -> None:
    made = journey(sender, stops=1, first_escort=sender.carer.name)
    going = gone(sender, transfer, hours=2)
    concerns.keep_from(sender.child, sender.carer, reason="x", by=sender.manager, at=DEPARTS + 2 * MINUTE)
    confirmed(made, 1, by=sender.worker, at=DEPARTS + 90 * MINUTE)
    going.refresh_from_db()
    assert is_out(sender.child)
    assert going.expected_at == DEPARTS + 2 * HOUR


@pytest.mark.by_turns(8)
def test_the_home_reads_that_the_child_is_on_a_journey_and_not_that_it_is_in(client: Client) -> None:
    """Whoever comes on shift looked for it, and pressed “Not here”: police and duty were told at once."""
    now = wall.now()
    one = a_watched_child(at=now - 5 * HOUR)
    seen(one.child, by=one.carer, at=now - 2 * HOUR)
    made = planned(one.child, by=one.worker, departs_at=now - 50 * MINUTE, at=now - 55 * MINUTE)
    roll, page = reverse("roll_call", args=[one.home.pk]), reverse("child", args=[one.child.reference])

    def read(person, address: str) -> str:
        client.force_login(person)
        return " ".join(client.get(address).content.decode().split())

    assert "On a journey" not in read(one.carer, roll) + read(one.worker, page)
    first = confirmed(made, 0, by=one.worker, at=now - 49 * MINUTE)
    assert "On a journey with escorts ·" in read(one.carer, roll)
    assert "With escorts since" in read(one.worker, page)
    contacts.withdraw(first.contact, reason="Another child", by=one.worker, at=now)
    assert "On a journey" not in read(one.carer, roll) + read(one.worker, page)
