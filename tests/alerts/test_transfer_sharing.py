"""What is known of a child who moves is with the receiver before the day: both sides say so, and hear where it is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from alerts import no_gap, transfer_ladder
from alerts.models import Alert, AlertStep, Clock, MessageItem
from alerts.sweep import sweep_all
from alerts.transfer_ladder import Facts, Limits, Owed
from cases import clock, holidays, transfers
from cases.deadlines import Nation
from cases.models import Event, Transfer
from cases.states import IllegalMove
from tests.alerts.outgoing import catch
from tests.factories import AT, Watched, a_watched_child, accepted, arrived, missing, referred

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENGLAND: dict[str, Any] = {
    "nation": Nation.ENGLAND_AND_WALES,
    "holidays": holidays.of(Nation.ENGLAND_AND_WALES),
}
# A Monday; the child moves on the Friday.
NOW = AT + timedelta(minutes=1)
MOVES = NOW.date() + 4 * DAY
NEAR = datetime(2026, 3, 5, tzinfo=UTC)
SAID = {"whom": "Rhona Blyth, team manager", "what": "Care plan and health, by secure mail"}


@pytest.fixture(autouse=True)
def out(monkeypatch):
    return catch(monkeypatch)


@pytest.fixture
def sender() -> Watched:
    return a_watched_child()


@pytest.fixture
def receiver() -> Watched:
    return a_watched_child(risk="low")


@pytest.fixture
def going(sender: Watched, receiver: Watched) -> Transfer:
    return accepted(
        referred(sender.child, receiver.authority, by=sender.worker, at=NOW), receiver.worker, at=NOW
    )


def shared(one: Transfer, sender: Watched, *, at: datetime = NOW, **changed: Any) -> Transfer:
    return transfers.share(one, **{**SAID, "shared_at": at, **changed}, by=sender.worker, at=at)


def due(one: Transfer) -> datetime | None:
    row = Clock.objects.filter(child=one.child, duty="shared").first()
    return row.due_at if row is not None else None


def climbed(one: Transfer) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=one.child, alert__clock__duty="shared")
    return list(rows.order_by("climbed_at", "pk").values_list("step", flat=True))


@pytest.mark.by_turns
def test_it_is_due_a_day_before_the_move_and_climbs_as_an_answer_does_on_both_sides(
    going: Transfer, sender: Watched, receiver: Watched
) -> None:
    assert due(going) is None, "without a day there is nothing to be in time for"
    transfers.agree_day(going, MOVES, by=sender.worker, at=NOW)
    assert due(going) == NEAR
    sweep_all(now=NEAR)
    assert climbed(going) == ["R1"]
    told = MessageItem.objects.filter(alert__clock__duty="shared").select_related("message")
    posts = {item.message.post for item in told}
    assert {"duty", "receiver_duty"} <= posts
    assert {item.message.channel for item in told} == {"mail"}
    sweep_all(now=NEAR + 10 * DAY)
    assert climbed(going) == ["R1", "R2", "R4"]


@pytest.mark.by_turns
def test_it_stands_down_when_the_receiver_has_it_and_not_before(going: Transfer, sender, receiver) -> None:
    going = transfers.agree_day(going, MOVES, by=sender.worker, at=NOW)
    sweep_all(now=NEAR)
    going = shared(going, sender, at=NEAR + HOUR)
    sweep_all(now=NEAR + HOUR)
    assert Alert.objects.open().filter(clock__duty="shared").exists(), (
        "nobody there has said that they have it"
    )
    going = transfers.receive(going, by=receiver.worker, at=NEAR + 2 * HOUR)
    sweep_all(now=NEAR + 2 * HOUR)
    assert not Alert.objects.open().filter(clock__duty="shared").exists()
    # What is sent anew is received anew.
    going = shared(going, sender, at=NEAR + 3 * HOUR, what="The care plan, corrected")
    assert going.share_received_at is None
    assert due(going) == NEAR
    kinds = Event.objects.filter(child=going.child, kind__startswith="transfer_share").values_list(
        "kind", flat=True
    )
    assert list(kinds.order_by("number")) == ["transfer_shared", "transfer_share_received", "transfer_shared"]


@pytest.mark.by_turns
def test_what_was_shared_before_the_day_is_agreed_counts(going: Transfer, sender, receiver) -> None:
    transfers.receive(shared(going, sender), by=receiver.worker, at=NOW)
    transfers.agree_day(going, MOVES, by=sender.worker, at=NOW)
    assert due(going) is None


@pytest.mark.by_turns
def test_it_ends_with_the_arrival_and_with_the_transfer(going: Transfer, sender, receiver) -> None:
    going = transfers.agree_day(going, MOVES, by=sender.worker, at=NOW)
    arrived(going, at=NEAR + HOUR)
    assert due(going) is None


@pytest.mark.by_turns(8)
def test_of_a_withdrawn_transfer_nothing_is_shared(going: Transfer, sender: Watched) -> None:
    going = transfers.agree_day(going, MOVES, by=sender.worker, at=NOW)
    going = transfers.withdraw(going, reason="Stays here", by=sender.worker, at=NOW + HOUR)
    assert due(going) is None
    with pytest.raises(IllegalMove, match="from the acceptance"):
        shared(going, sender, at=NOW + HOUR)


def test_a_day_agreed_on_the_day_itself_is_late_from_then_and_one_from_before_owes_nothing() -> None:
    facts = Facts("date_set", NOW, moves_date=NOW.date(), unshared_since=NOW)
    steps = transfer_ladder.owed(facts, Limits(), **ENGLAND)[Owed.SHARED].steps
    assert min(steps.values()) == NOW
    old = Facts("date_set", NOW, moves_date=NOW.date())
    assert Owed.SHARED not in transfer_ladder.owed(old, Limits(), **ENGLAND)
    # The day is the council's to set.
    far = Facts("in_transit", NOW, moves_date=MOVES, unshared_since=NOW, expected_at=NOW + HOUR)
    assert transfer_ladder.owed(far, Limits(share_before=3), **ENGLAND)[Owed.SHARED].due_at == NEAR - 2 * DAY


def test_the_check_of_the_promise_knows_of_it(going: Transfer, sender: Watched) -> None:
    transfers.agree_day(going, MOVES, by=sender.worker, at=NOW)
    late = NEAR + DAY + HOUR
    assert [line for line in no_gap.unheard(late) if line.endswith("shared")]
    sweep_all(now=late)
    assert not [line for line in no_gap.unheard(late) if line.endswith("shared")]


@pytest.mark.by_turns
def test_a_child_who_is_looked_for_is_shared_of_all_the_same(going: Transfer, sender: Watched) -> None:
    transfers.agree_day(going, MOVES, by=sender.worker, at=NOW)
    missing(sender.child, by=sender.worker, at=NOW + HOUR)
    assert shared(going, sender, at=NOW + 2 * HOUR).shared_to == SAID["whom"]


def test_what_is_left_open_or_dated_wrongly_is_refused_and_the_same_twice_is_one(
    going: Transfer, sender, receiver
) -> None:
    for wrong, said in (
        ({"whom": " "}, "with whom"),
        ({"what": " "}, "what was shared"),
        ({"shared_at": NOW + DAY}, "now or in the past"),
        ({"shared_at": NOW - DAY}, "before the referral"),
    ):
        with pytest.raises(IllegalMove, match=said):
            shared(going, sender, **wrong)
    with pytest.raises(IllegalMove, match="not said"):
        transfers.receive(going, by=receiver.worker, at=NOW)
    shared(going, sender)
    transfers.receive(shared(going, sender), by=receiver.worker, at=NOW)
    with pytest.raises(IllegalMove, match="already"):
        transfers.receive(going, by=receiver.worker, at=NOW)
    assert Event.objects.filter(child=going.child, kind="transfer_shared").count() == 1
    assert shared(going, sender).share_received_at == NOW, "the same words again ask nobody anew"
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.filter(pk=going.pk).update(shared_to="")


@pytest.mark.by_turns(8)
def test_each_side_says_its_own_on_the_page_of_the_transfer(
    going: Transfer, sender: Watched, receiver: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    page = reverse("transfer", args=[sender.child.reference])
    share, got = (
        reverse("transfer_act", args=[sender.child.reference, act]) for act in ("share", "received")
    )
    client.force_login(receiver.worker)
    assert client.post(share, {**SAID, "shared_at_when": "now"}).url == page
    assert client.post(got, {"has_all": "on"}).url == page
    client.force_login(sender.worker)
    wrong = client.post(share, {"what": ""})
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"what", "whom", "shared_at"})
    assert client.post(share, {**SAID, "shared_at_when": "now"}).url == page
    assert client.post(got, {"has_all": "on"}).url == page, "the sender does not say it for the receiver"
    assert Transfer.objects.get(pk=going.pk).share_received_at is None
    client.force_login(receiver.worker)
    shown = client.get(page).content.decode()
    assert "Rhona Blyth, team manager" in shown
    assert "Nobody there has said yet" in shown
    assert set(client.post(got, {"has_all": ""}).context["form"].errors) == {"has_all"}
    assert client.post(got, {"has_all": "on"}).url == page
    assert "They have it, as they said" in client.get(page).content.decode()
    assert 'id="act-received"' not in client.get(page).content.decode()
    for stranger in (sender.carer, sender.officer, receiver.guardian):
        client.force_login(stranger)
        assert client.get(share).status_code == 404
