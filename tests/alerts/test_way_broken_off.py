"""The journey of a transfer that is broken off: nobody waits for the arrival, and somebody is asked where the child is."""

from datetime import datetime, timedelta

import pytest

from alerts.models import Clock
from cases import journeys, transfers
from cases.models import Absence, Journey, Transfer
from cases.states import TransferStatus
from tests.factories import AT, Watched, a_watched_child, agreed, confirmed, planned, seen

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SET_OUT = AT + 29 * HOUR
DEPARTS = SET_OUT + HOUR


@pytest.fixture
def sender() -> Watched:
    found = a_watched_child()
    seen(found.child, by=found.carer, at=SET_OUT - HOUR)
    return found


@pytest.fixture
def going(sender: Watched) -> Transfer:
    receiver = a_watched_child(risk="low")
    return agreed(sender, receiver, moves_at=SET_OUT, at=SET_OUT - HOUR)


@pytest.fixture
def made(sender: Watched, going: Transfer) -> Journey:
    return set_out_by(sender, going, departs_at=DEPARTS, at=SET_OUT)


def set_out_by(sender: Watched, going: Transfer, *, departs_at: datetime, at: datetime) -> Journey:
    plan = {"departs_at": departs_at, "stops": 8, "kind": Journey.Kind.TRANSFER}
    journey = planned(sender.child, by=sender.worker, at=at, **plan)
    transfers.set_out(going, left_at=at, expected_at=at + 10 * HOUR, by=sender.worker, at=at)
    return journey


def due_at(sender: Watched) -> datetime | None:
    return Clock.objects.get(child=sender.child, kind=Clock.Kind.CONTACT).due_at


@pytest.mark.by_turns
def test_before_the_departure_its_home_is_asked_by_when_the_escorts_were_and_it_can_set_out_anew(
    sender, going, made
):
    journeys.break_off(made, reason="Escort is ill", by=sender.worker, at=SET_OUT + 10 * MINUTE)
    going.refresh_from_db()
    assert (going.status, going.left_at, going.expected_at) == (TransferStatus.DATE_SET, None, None)
    clock = Clock.objects.get(child=sender.child, kind=Clock.Kind.CONTACT)
    assert (clock.due_at, "R0" in clock.steps) == (DEPARTS, True)
    event = sender.child.events.get(kind="transfer_way_over")
    assert (event.actor_id, event.data["journey"]) == (sender.worker.pk, made.pk)
    seen(sender.child, by=sender.carer, at=DEPARTS)
    set_out_by(sender, going, departs_at=DEPARTS + HOUR, at=DEPARTS + MINUTE)
    going.refresh_from_db()
    assert going.status == TransferStatus.IN_TRANSIT


@pytest.mark.by_turns
@pytest.mark.parametrize(("knows", "is_out"), [(True, False), (False, True)])
def test_before_the_departure_the_word_of_whoever_knows_it_is_enough(sender, going, made, knows, is_out):
    now = SET_OUT + 10 * MINUTE
    who = journeys.Seen(escort="Ada Brook", happened_at=now, knows_child=knows)
    journeys.break_off(made, reason="Escort is ill", seen=who, by=sender.worker, at=now)
    assert Absence.objects.filter(child=sender.child, ends_at=None).exists() == is_out


def test_what_no_word_of_whoever_knows_it_says_is_owed_no_later_than_the_arrival(sender, going):
    plan = {"departs_at": SET_OUT, "stops": 8, "kind": Journey.Kind.TRANSFER}
    made = planned(sender.child, by=sender.worker, at=SET_OUT - MINUTE, **plan)
    there = {"left_at": SET_OUT, "expected_at": SET_OUT + HOUR / 2}
    transfers.set_out(going, **there, by=sender.worker, at=SET_OUT)
    confirmed(made, 0, by=sender.worker, at=SET_OUT)
    who = journeys.Seen(escort="A guard", happened_at=SET_OUT + 10 * MINUTE)
    journeys.break_off(made, reason="Ill", seen=who, by=sender.worker, at=SET_OUT + 11 * MINUTE)
    assert due_at(sender) == SET_OUT + HOUR / 2


@pytest.mark.by_turns
@pytest.mark.parametrize("before", [timedelta(0), 3 * HOUR])
def test_on_the_way_somebody_sees_it_within_two_hours_of_whoever_saw_it_last(sender, going, made, before):
    now = DEPARTS + 4 * HOUR
    confirmed(made, 0, by=sender.worker, at=DEPARTS)
    who = journeys.Seen(escort=made.first_escort, happened_at=now - before)
    journeys.break_off(made, reason="The car broke down", seen=who, by=sender.worker, at=now)
    going.refresh_from_db()
    assert going.status == TransferStatus.DATE_SET
    # A roll-call that closed since is owed as well.
    assert due_at(sender) <= max(now - before + 2 * HOUR, now + 5 * MINUTE)
    assert Absence.objects.get(child=sender.child, ends_at=None).until == max(
        now - before + 2 * HOUR, now + 5 * MINUTE
    )
    assert "R0" in Clock.objects.get(child=sender.child, kind=Clock.Kind.CONTACT).steps
