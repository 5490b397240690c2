"""A confirmed arrival is the hand-over of the journey there: whoever received the child has seen it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import Alert
from cases import clock, concerns, journeys, transfers
from cases.deadlines import london_day
from cases.models import Contact, Journey, Placement, Transfer
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_watched_child,
    accepted,
    arrived,
    confirmed,
    missing,
    planned,
    referred,
    seen,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOW = AT + 24 * HOUR
DEPARTS = NOW + HOUR


@pytest.fixture
def sender() -> Watched:
    return a_watched_child()


@pytest.fixture
def receiver() -> Watched:
    return a_watched_child(risk="low")


@pytest.fixture
def transfer(sender: Watched, receiver: Watched) -> Transfer:
    given = accepted(
        referred(sender.child, receiver.authority, by=sender.worker, at=NOW), receiver.worker, at=NOW
    )
    return transfers.agree_day(given, london_day(NOW), by=receiver.worker, at=NOW)


@pytest.fixture
def journey(sender: Watched, transfer: Transfer) -> Journey:
    made = planned(sender.child, by=sender.worker, departs_at=DEPARTS, at=NOW, kind="transfer")
    confirmed(made, 0, by=sender.worker, at=DEPARTS)
    return made


def set_out(transfer: Transfer, sender: Watched) -> Transfer:
    there = DEPARTS + 2 * HOUR
    return transfers.set_out(transfer, left_at=DEPARTS, expected_at=there, by=sender.worker, at=DEPARTS)


@pytest.mark.by_turns
@pytest.mark.parametrize("has_set_out", [True, False])
@pytest.mark.parametrize("stays_placed", [True, False])
def test_the_arrival_is_the_hand_over_at_the_last_stop(sender, transfer, journey, has_set_out, stays_placed):
    if has_set_out:
        set_out(transfer, sender)
    there = DEPARTS + 2 * HOUR
    done = arrived(transfer, stays_placed=stays_placed, arrived_at=there, at=there + 5 * MINUTE)
    journey.refresh_from_db()
    assert (journey.ended_at, journey.ended_by, journey.reason) == (there + 5 * MINUTE, done.worker, "")
    last = journeys.confirmations(journey)[-1]
    assert (last.stop.position, last.contact.witness, last.contact.happened_at) == (
        2,
        "Ola Brightwell",
        there,
    )
    assert not last.contact.knows_child
    stands = Placement.objects.filter(child=sender.child, ends_at=None).exists()
    assert stands == stays_placed, "where the child lives is what the arrival says"


@pytest.mark.by_turns
def test_no_stop_of_a_child_who_has_arrived_climbs(sender, receiver, transfer, journey):
    set_out(transfer, sender)
    there = DEPARTS + 2 * HOUR
    arrived(transfer, stays_placed=False, at=there, knows_child=True)
    while sweep.sweep(now=there + 2 * HOUR).clocks:
        pass
    assert not Alert.objects.filter(child=sender.child, clock__window="journey").exists()
    assert not sender.child.episodes.exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("knows_child", [True, False])
def test_a_late_stop_stands_down_with_the_arrival_if_who_receives_it_knows_the_child(
    sender, transfer, journey, knows_child
):
    set_out(transfer, sender)
    late = DEPARTS + HOUR + 20 * MINUTE
    while sweep.sweep(now=late).clocks:
        pass
    assert Alert.objects.open().filter(child=sender.child, clock__kind="contact").exists()
    arrived(transfer, at=late, knows_child=knows_child)
    while sweep.sweep(now=late).clocks:
        pass
    assert Alert.objects.open().filter(child=sender.child, clock__kind="contact").exists() != knows_child


@pytest.mark.by_turns
def test_an_arrival_before_the_last_confirmation_is_refused(sender, transfer, journey):
    set_out(transfer, sender)
    confirmed(journey, 1, by=sender.worker, at=DEPARTS + HOUR)
    words = "The child was confirmed at an earlier stop after that time."
    with refused(sender.child, words, journeys.WrongTime):
        arrived(transfer, arrived_at=DEPARTS + HOUR / 2, at=DEPARTS + 2 * HOUR)
    transfer.refresh_from_db()
    assert not transfer.has_arrived


@pytest.mark.by_turns
def test_whoever_the_child_is_kept_from_ends_no_journey(sender, transfer, journey):
    other = a_person("guardian", name="Ola Brightwell")
    mark = concerns.keep_from(sender.child, other, reason="A threat", by=sender.worker, at=NOW)
    assert mark.user == other
    words = "This word cannot end the journey. Have somebody else see the child."
    with refused(sender.child, words, journeys.NotBelieved):
        arrived(transfer, at=DEPARTS + 2 * HOUR)


@pytest.mark.by_turns(8)
def test_a_journey_for_something_else_that_is_to_begin_yet_goes_on(sender, transfer):
    other = planned(sender.child, by=sender.worker, departs_at=NOW + 30 * HOUR, at=NOW, kind="other")
    arrived(transfer, at=NOW + 2 * HOUR)
    other.refresh_from_db()
    assert other.ended_at is None


@pytest.mark.by_turns
def test_one_that_was_planned_after_the_arrival_is_broken_off(sender, transfer):
    late = NOW + 3 * HOUR
    made = planned(sender.child, by=sender.worker, departs_at=late + HOUR, at=late, kind="transfer")
    with events(
        sender.child,
        "transfer_read",
        "journey_broken_off",
        "responsibility_started",
        "allocated",
        "transfer_arrived",
    ):
        arrived(transfer, arrived_at=NOW + HOUR, read=["risks", "episodes"], at=late + HOUR / 2)
    made.refresh_from_db()
    assert (made.ended_at, made.reason) == (late + HOUR / 2, "The child had arrived before it was planned")


@pytest.mark.by_turns
def test_of_a_child_who_is_looked_for_the_arrival_is_reported_seen_and_ends_no_search(
    sender, transfer, journey
):
    set_out(transfer, sender)
    search = missing(sender.child, by=sender.worker, at=DEPARTS + HOUR)
    arrived(transfer, at=DEPARTS + 2 * HOUR)
    search.refresh_from_db()
    assert (search.ended_at, search.reported_seen_at) == (None, DEPARTS + 2 * HOUR)


@pytest.mark.by_turns(8)
def test_the_form_says_so_before_and_asks_whether_they_know_the_child(
    client: Client, monkeypatch, sender, receiver, transfer, journey
):
    set_out(transfer, sender)
    now = DEPARTS + 2 * HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(receiver.worker)
    where = reverse("transfer_act", args=[sender.child.reference, "arrive"])
    asked = client.get(where)
    assert "A journey with escorts is open" in asked.content.decode()
    role = receiver.worker.memberships.get().pk
    answers = {
        "handed_to": "Ola Brightwell",
        "knows_child": "on",
        "stays": "yes",
        "worker": role,
        "read": ["risks", "episodes"],
    }
    assert client.post(where, answers | {"arrived_at_when": "now"}).status_code == 302
    contact = Contact.objects.filter(child=sender.child).latest("pk")
    assert (contact.witness, contact.knows_child) == ("Ola Brightwell", True)


@pytest.mark.by_turns(8)
def test_without_a_journey_nobody_is_asked_who_has_seen_the_child(
    client: Client, monkeypatch, sender, receiver, transfer
):
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    client.force_login(receiver.worker)
    where = reverse("transfer_act", args=[sender.child.reference, "arrive"])
    text = client.get(where).content.decode()
    assert "knows_child" not in text
    assert "A journey with escorts is open" not in text
    seen(sender.child, by=sender.carer, at=NOW)
    arrived(transfer, at=NOW + HOUR)
    assert not Contact.objects.filter(child=sender.child, confirmation__isnull=False).exists()
