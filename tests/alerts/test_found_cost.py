"""What a look at a found child and at a search costs: as many questions to the database for one likeness as for five."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import clock, found
from cases.models import FoundChild
from cases.search import found as searching
from tests.factories import (
    AT,
    DutyDesk,
    Watched,
    a_child,
    a_duty_desk,
    a_watched_child,
    an_authority,
    missing,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 30 * HOUR


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def a_found(desk: DutyDesk, *, at: datetime = NOW) -> FoundChild:
    """With a name, a number and something that was learnt later."""
    described = found.Described(
        found_at=at - HOUR, place="Southmere station", found_by="A guard", sex="F", names=("Selam", "Aunty"),
        clothing="A yellow raincoat", phone="07700 900111",
    )  # fmt: skip
    given = {"by": desk.person, "at": at}
    row = found.write_down(described, authority=desk.team.authority, key=uuid.uuid4(), **given)
    found.add(row, found.Added(languages=("Tigrinya",), names=("Sellam",)), key=uuid.uuid4(), **given)
    return row


def a_search(watched: Watched) -> None:
    child = a_child(watched.authority, team=watched.team, worker=watched.worker, sex="F", at=AT)
    missing(child, by=watched.worker, wearing="Yellow raincoat", at=AT)


def questions(client: Client, address: str) -> list[str]:
    """What the database is asked for this page, after one look at it."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in asked]


@pytest.fixture(autouse=True)
def few_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of each at most."""
    monkeypatch.setattr(searching, "MOST_SHOWN", 3)


@pytest.mark.by_turns(8)
def test_the_page_of_a_found_child_asks_as_much_for_five_searches_as_for_one(client: Client) -> None:
    desk = a_duty_desk(an_authority("Harrowfen County"))
    row = a_found(desk)
    owners = [a_watched_child(at=AT) for _ in range(2)]
    a_search(owners[0])
    client.force_login(desk.person)
    address = f"/found/{row.matter_id}/"
    one = questions(client, address)
    assert len(searching.candidates(row, desk.person, at=NOW).rows) == 1
    for number in range(4):
        a_search(owners[number % 2])
    five = questions(client, address)
    assert len(searching.candidates(row, desk.person, at=NOW).rows) == searching.MOST_SHOWN
    assert len(five) == len(one), five


@pytest.mark.by_turns
def test_the_page_of_a_search_asks_as_much_for_five_found_children_as_for_one(client: Client) -> None:
    desks = [a_duty_desk(an_authority(name)) for name in ("Harrowfen County", "Saltmere")]
    watched = a_watched_child(at=AT, sex="F")
    episode = missing(watched.child, by=watched.worker, wearing="Yellow raincoat", at=AT)
    a_found(desks[0])
    client.force_login(watched.desk.person)
    address = f"/missing/{episode.reference}/"
    one = questions(client, address)
    assert len(searching.found_for(episode, at=NOW)) == 1
    for number in range(4):
        a_found(desks[number % 2])
    five = questions(client, address)
    assert len(searching.found_for(episode, at=NOW)) == searching.MOST_SHOWN
    assert len(five) == len(one), five
    page = client.get(address).content.decode()
    assert all(desk.team.authority.name in page for desk in desks)
