"""An act on a transfer is about the offer that stood on its page: of what came in its place since it says so first."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from alerts.views import transfer_steps
from cases import concerns, transfers
from cases.deadlines import london_day
from cases.models import Event, Transfer
from cases.moves import Overtaken
from tests.factories import Watched, a_watched_child, accepted, membership_of, referred

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SAYS = "The transfer has changed since you opened this page"


@pytest.fixture
def sender(now: datetime) -> Watched:
    return a_watched_child(at=now - 50 * HOUR)


@pytest.fixture
def receiver(now: datetime) -> Watched:
    return a_watched_child(at=now - 50 * HOUR)


def address(one: Watched, act: str) -> str:
    return reverse("transfer_act", args=[one.child.reference, act])


def stood(answer: HttpResponse) -> str:
    (key,) = re.findall(r'name="stood" value="(\d+)"', answer.content.decode())
    return str(key)


def boxes(name: str, day: Any) -> dict[str, Any]:
    return {f"{name}_{part}": getattr(day, part) for part in ("day", "month", "year")}


def status(one: Transfer) -> str:
    return Transfer.objects.get(pk=one.pk).status


@pytest.mark.by_turns
def test_an_old_page_withdraws_no_other_transfer(
    sender: Watched, receiver: Watched, now: datetime, client: Client
) -> None:
    third = a_watched_child(at=now - 50 * HOUR)
    first = referred(sender.child, receiver.authority, by=sender.worker, at=now - 3 * HOUR)
    client.force_login(sender.worker)
    opened = stood(client.get(address(sender, "withdraw")))
    transfers.withdraw(first, reason="Offered elsewhere", by=sender.manager, at=now - HOUR)
    second = referred(sender.child, third.authority, by=sender.manager, at=now - HOUR / 2)
    second = accepted(second, third.worker, at=now - HOUR / 3)
    said = {"reason": "Nobody has a bed: he stays"}
    late = client.post(address(sender, "withdraw"), said | {"stood": opened})
    words = late.content.decode()
    assert (late.status_code, status(second)) == (422, "accepted")
    assert SAYS in words
    assert said["reason"] in words
    assert str(third.authority) in words, "what stands is shown beside it"
    # The next press is about what is shown.
    assert client.post(address(sender, "withdraw"), said | {"stood": stood(late)}).status_code == 302
    assert status(second) == "withdrawn"


@pytest.mark.by_turns
def test_an_old_page_declines_no_second_referral_unread(
    sender: Watched, receiver: Watched, now: datetime, client: Client
) -> None:
    first = referred(sender.child, receiver.authority, by=sender.worker, at=now - 3 * HOUR)
    client.force_login(receiver.manager)
    opened = {act: stood(client.get(address(sender, act))) for act in ("accept", "decline")}
    transfers.withdraw(first, reason="The needs were wrong", by=sender.worker, at=now - HOUR)
    second = referred(sender.child, receiver.authority, by=sender.worker, at=now - HOUR / 2)
    said: dict[str, dict[str, Any]] = {
        "accept": {"worker": membership_of(receiver.worker).pk},
        "decline": {"reason": "No bed for a wheelchair"},
    }
    for act, answers in said.items():
        late = client.post(address(sender, act), answers | {"stood": opened[act]})
        assert (late.status_code, status(second)) == (422, "allocated"), act
        assert SAYS in late.content.decode(), act
        assert str(next(iter(answers.values()))) in late.content.decode(), act
        opened[act] = stood(late)
    answered = client.post(address(sender, "decline"), said["decline"] | {"stood": opened["decline"]})
    assert (answered.status_code, status(second)) == (302, "declined")


def test_of_one_transfer_that_was_offered_anew_an_old_page_says_so_too(
    sender: Watched, receiver: Watched, now: datetime, client: Client
) -> None:
    one = referred(sender.child, receiver.authority, by=sender.worker, at=now - 3 * HOUR)
    client.force_login(receiver.manager)
    opened = stood(client.get(address(sender, "decline")))
    transfers.decline(one, reason="No bed", by=receiver.manager, at=now - 2 * HOUR)
    transfers.offer(one, receiver.authority, by=sender.worker, at=now - HOUR)
    late = client.post(address(sender, "decline"), {"reason": "No bed", "stood": opened})
    assert (late.status_code, status(one)) == (422, "allocated")


@pytest.mark.by_turns
def test_a_page_that_says_nothing_of_what_stood_is_believed_and_one_that_is_not_old_asks_nothing(
    sender: Watched, receiver: Watched, now: datetime, client: Client
) -> None:
    one = referred(sender.child, receiver.authority, by=sender.worker, at=now - 3 * HOUR)
    client.force_login(receiver.manager)
    assert client.post(address(sender, "decline"), {"reason": "No bed"}).status_code == 302
    assert status(one) == "declined"
    client.force_login(sender.worker)
    opened = stood(client.get(address(sender, "offer")))
    again = {"receiver": receiver.authority.pk, "stood": opened}
    assert client.post(address(sender, "offer"), again).status_code == 302
    assert status(one) == "allocated"


@pytest.mark.by_turns
def test_what_cannot_be_done_any_more_is_said_once_and_the_next_press_is_compared_as_well(
    sender: Watched, receiver: Watched, now: datetime, client: Client
) -> None:
    first = referred(sender.child, receiver.authority, by=sender.worker, at=now - 3 * HOUR)
    client.force_login(receiver.manager)
    opened = stood(client.get(address(sender, "decline")))
    transfers.withdraw(first, reason="The needs were wrong", by=sender.worker, at=now - HOUR)
    second = referred(sender.child, receiver.authority, by=sender.worker, at=now - HOUR / 2)
    accepted(second, receiver.worker, at=now - HOUR / 3)
    late = client.post(address(sender, "decline"), {"reason": "No bed for a wheelchair", "stood": opened})
    words = late.content.decode()
    assert late.status_code == 422
    assert "No bed for a wheelchair" in words
    assert SAYS not in words
    assert words.count("somebody has changed the transfer since you opened this page") == 1
    assert stood(late) == str(transfers.read_of(second))


@pytest.mark.by_turns(8)
def test_what_was_shared_since_is_not_said_to_be_there(
    sender: Watched, receiver: Watched, now: datetime, client: Client
) -> None:
    one = accepted(
        referred(sender.child, receiver.authority, by=sender.worker, at=now - 3 * HOUR),
        receiver.worker,
        at=now - 2 * HOUR,
    )
    shared: dict[str, Any] = {"whom": "Duty desk", "by": sender.worker}
    transfers.share(one, what="The plan", shared_at=now - HOUR, at=now - HOUR, **shared)
    client.force_login(receiver.worker)
    opened = stood(client.get(address(sender, "received")))
    transfers.share(one, what="Also the health papers", shared_at=now - MINUTE, at=now - MINUTE, **shared)
    late = client.post(address(sender, "received"), {"has_all": "on", "stood": opened})
    assert late.status_code == 422
    assert "Also the health papers" in late.content.decode()
    one.refresh_from_db()
    assert one.share_received_at is None
    answered = client.post(address(sender, "received"), {"has_all": "on", "stood": stood(late)})
    one.refresh_from_db()
    assert (answered.status_code, one.share_received_at is None) == (302, False)


ACTS: dict[str, Callable[[Transfer, Watched, dict[str, Any]], Any]] = {
    "offer": lambda one, there, at: transfers.offer(one, there.authority, **at),
    "accept": lambda one, there, at: transfers.accept(
        one, team=membership_of(there.worker).team, worker=there.worker, **at
    ),
    "decline": lambda one, _there, at: transfers.decline(one, reason="No bed", **at),
    "day": lambda one, _there, at: transfers.agree_day(one, london_day(at["at"]), **at),
    "share": lambda one, _there, at: transfers.share(one, whom="Desk", what="Plan", shared_at=at["at"], **at),
    "received": lambda one, _there, at: transfers.receive(one, **at),
    "leave": lambda one, _there, at: transfers.set_out(
        one, left_at=at["at"], expected_at=at["at"] + HOUR, **at
    ),
    "arrive": lambda one, there, at: transfers.confirm_arrival(
        one,
        arrived_at=at["at"],
        handed_to="Ada",
        team=membership_of(there.worker).team,
        worker=there.worker,
        stays_placed=True,
        **at,
    ),
    "withdraw": lambda one, _there, at: transfers.withdraw(one, reason="Stays", **at),
}


@pytest.mark.by_turns
def test_each_act_looks_again_once_nobody_else_is_writing(
    sender: Watched, receiver: Watched, now: datetime
) -> None:
    """Whoever pressed had read the offer before; of one that was made at the same instant nothing is done."""
    one = referred(sender.child, receiver.authority, by=sender.worker, at=now - 3 * HOUR)
    read = transfers.read_of(one)
    transfers.decline(one, reason="No bed", by=receiver.manager, at=now - 2 * HOUR)
    one = transfers.offer(one, receiver.authority, by=sender.worker, at=now - HOUR)
    before = Event.objects.filter(child=sender.child).count()
    for act, does in ACTS.items():
        with transaction.atomic():
            as_it_stands = Transfer.objects.get(pk=one.pk)
            with pytest.raises(Overtaken):
                does(as_it_stands, receiver, {"stood": read, "by": sender.worker, "at": now})
            assert Event.objects.filter(child=sender.child).count() == before, act
            assert status(one) == "allocated", act
            transaction.set_rollback(True)


def test_every_act_but_the_referral_carries_what_was_read() -> None:
    assert set(ACTS) == set(transfer_steps.STEPS) - {"refer"}


@pytest.mark.by_turns(8)
def test_an_offer_that_is_made_while_a_press_is_on_its_way_is_not_declined(
    sender: Watched, receiver: Watched, now: datetime, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = referred(sender.child, receiver.authority, by=sender.worker, at=now - 3 * HOUR)
    client.force_login(receiver.manager)
    opened = stood(client.get(address(sender, "decline")))
    really = transfers.decline

    def late(transfer: Transfer, **said: Any) -> Transfer:
        really(transfer, reason="Full", by=receiver.manager, at=now - MINUTE)
        transfers.offer(transfer, receiver.authority, by=sender.worker, at=now)
        return really(transfer, **said)

    monkeypatch.setattr(transfers, "decline", late)
    answer = client.post(address(sender, "decline"), {"reason": "No bed before May", "stood": opened})
    words = answer.content.decode()
    assert (answer.status_code, status(one)) == (422, "allocated")
    assert "This has changed since you opened this page" in words
    assert "No bed before May" in words


def test_an_arrival_compares_the_offer_and_what_stands_open_as_its_page_showed_both(
    sender: Watched, receiver: Watched, now: datetime, client: Client
) -> None:
    one = referred(sender.child, receiver.authority, by=sender.worker, at=now - 3 * HOUR)
    one = accepted(one, receiver.worker, at=now - 2 * HOUR)
    client.force_login(receiver.worker)
    shown = client.get(address(sender, "arrive"))
    said: dict[str, Any] = {
        "arrived_at_when": "now",
        "handed_to": "Ola",
        "stays": "yes",
        "is_here": "on",
        "worker": membership_of(receiver.worker).pk,
        "read": ["risks", "episodes"],
        "version": shown.context["form"].initial["version"],
    }
    concerns.mark(sender.child, reason="A white van", by=sender.worker, at=now - MINUTE)
    late = client.post(address(sender, "arrive"), said | {"stood": stood(shown)})
    assert (late.status_code, status(one)) == (422, "accepted")
    assert SAYS not in late.content.decode(), "the offer is the same"
    said["version"] = late.context["form"]["version"].value()
    assert client.post(address(sender, "arrive"), said | {"stood": stood(late)}).status_code == 302
    assert status(one) == "arrived"
