"""What the receiver of a transfer is to say by a day stands in the calendars of its people, and in nobody else's."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import clock, restrictions, transfers
from cases.models import AccessRecord, Transfer, User
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_watched_child,
    accepted,
    ended,
    missing,
    placed,
    referred,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Wednesday.
NOW = AT + 2 * DAY
OFFER, ARRIVAL = "Offer of a transfer: accept or decline", "Arrival of the child by transfer to be confirmed"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def sender() -> Watched:
    return a_watched_child(at=AT + HOUR, given_name="Tarekiel")


@pytest.fixture
def receiver() -> Watched:
    return a_watched_child(at=AT + HOUR)


@pytest.fixture
def offered(sender: Watched, receiver: Watched) -> Transfer:
    return referred(sender.child, receiver.authority, by=sender.worker, at=NOW - HOUR)


def shown(person: User, whose: str = "team") -> list[tuple[str, date | None, str]]:
    """What stands there of a child who is to come, each with its day; what is overdue with none."""
    client = Client()
    client.force_login(person)
    groups = client.get(reverse("calendar"), {"whose": whose}).context["groups"]
    return [(one.what, group.day, one.href) for group in groups for one in group.entries if one.is_awaited]


@pytest.mark.by_turns
def test_an_offer_stands_with_the_receiver_by_the_day_of_its_answer_and_leads_to_the_transfer(
    sender: Watched, receiver: Watched, offered: Transfer
) -> None:
    page = reverse("transfer", args=[sender.child.reference])
    assert shown(receiver.manager) == [(OFFER, date(2026, 3, 6), page)]
    client = Client()
    client.force_login(receiver.manager)
    html = client.get(reverse("calendar")).content.decode()
    assert "Tarekiel" in html
    assert f'href="{reverse("child", args=[sender.child.reference])}"' not in html
    assert client.get(page).status_code == 200
    read = AccessRecord.objects.filter(user=receiver.manager, child=sender.child, page="calendar")
    assert set(read.values_list("permission", flat=True)) == {"see_status"}


@pytest.mark.by_turns(8)
def test_it_is_overdue_after_that_day_and_gone_with_the_answer(
    sender: Watched, receiver: Watched, offered: Transfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 5 * DAY)
    assert [(what, day) for what, day, _href in shown(receiver.manager)] == [(OFFER, None)]
    transfers.decline(offered, reason="No home", by=receiver.manager, at=NOW + 5 * DAY)
    assert shown(receiver.manager) == []


@pytest.mark.by_turns
def test_an_arrival_stands_with_the_worker_who_is_named_and_their_team(
    sender: Watched, receiver: Watched, offered: Transfer
) -> None:
    accepted(offered, receiver.worker, by=receiver.manager, at=NOW)
    assert shown(receiver.worker, "mine") == shown(receiver.manager) == []
    Transfer.objects.filter(pk=offered.pk).update(
        status="in_transit", left_at=NOW, expected_at=NOW + 3 * HOUR, moves_date=NOW.date()
    )
    page = reverse("transfer", args=[sender.child.reference])
    wanted = [(ARRIVAL, NOW.date(), page)]
    assert shown(receiver.worker, "mine") == shown(receiver.manager) == wanted
    for mark in (f"team-{receiver.team.pk}", f"worker-{receiver.worker.pk}"):
        assert shown(receiver.manager, mark) == wanted
    colleague = a_person("social_worker", team=receiver.team)
    assert shown(colleague, "mine") == shown(colleague) == []


@pytest.mark.by_turns
def test_a_child_who_is_looked_for_stands_with_the_search_until_it_is_found(
    sender: Watched, receiver: Watched, offered: Transfer
) -> None:
    accepted(offered, receiver.worker, by=receiver.manager, at=NOW)
    going = {"left_at": NOW, "expected_at": NOW + 3 * HOUR, "moves_date": NOW.date()}
    Transfer.objects.filter(pk=offered.pk).update(status="in_transit", **going)
    assert [what for what, _day, _href in shown(receiver.worker, "mine")] == [ARRIVAL]
    search = missing(sender.child, by=sender.worker, at=NOW - HOUR)
    assert shown(receiver.worker, "mine") == shown(receiver.manager) == []
    ended(search, at=NOW)
    assert [what for what, _day, _href in shown(receiver.worker, "mine")] == [ARRIVAL]


@pytest.mark.by_turns
def test_the_sender_and_strangers_read_no_offer_of_it(
    sender: Watched, receiver: Watched, offered: Transfer
) -> None:
    assert shown(sender.manager) == []
    assert shown(a_watched_child(at=AT + HOUR).manager) == []
    assert shown(receiver.worker) == [], "an offer is a manager's to answer"


@pytest.mark.by_turns
def test_an_offer_of_a_child_who_is_restricted_stands_with_those_who_read_it_by_name(
    sender: Watched, receiver: Watched, offered: Transfer
) -> None:
    restrictions.restrict(sender.child, reason="A threat", named=[sender.worker], by=sender.manager, at=NOW)
    assert shown(receiver.manager) == []


@pytest.mark.by_turns
def test_more_offers_ask_the_database_no_more(receiver: Watched, sender: Watched, offered: Transfer) -> None:
    client = Client()
    client.force_login(receiver.manager)

    def asked() -> int:
        client.get(reverse("calendar"))
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("calendar"))
        return len(found)

    few = asked()
    for _ in range(3):
        other = a_child(sender.authority, team=sender.team, worker=sender.worker, at=AT + HOUR)
        placed(other, sender.home)
        referred(other, receiver.authority, by=sender.worker, at=NOW - HOUR)
    assert len(shown(receiver.manager)) == 4
    assert asked() <= few
