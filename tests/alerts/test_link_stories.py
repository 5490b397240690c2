"""What the timeline of either child says of a link, and of the question for it, to whom."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from cases import clock, concerns, link_requests, links, responsibilities
from cases.models import LinkRequest, User
from tests.factories import AT, Watched, a_watched_child

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 30 * HOUR
SAYS = link_requests.Said(kind="sibling", name="Tesfay", said_by="The child", why="It says so")
LINKED, ASKED = "Linked with another child", "Another council was asked for a sibling or companion"


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 3 * HOUR)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Selam", family_name="Girmay")


@pytest.fixture
def other() -> Watched:
    return a_watched_child(given_name="Tesfai", family_name="Girmay")


@pytest.fixture
def row(watched: Watched, other: Watched) -> LinkRequest:
    (row,) = link_requests.ask(
        watched.child, SAYS, of=[other.authority], together=uuid.uuid4(), by=watched.worker, at=NOW
    )
    return row


def story(client: Client, of: Watched, by: User) -> str:
    client.force_login(by)
    answer = client.get(f"/children/{of.child.reference}/")
    assert answer.status_code == 200
    page = answer.content.decode()
    # Whoever reads no timeline at all reads nothing of it on the page either.
    return page[max(page.find("moj-timeline"), 0) :]


@pytest.mark.by_turns
def test_a_link_stands_on_the_timeline_of_nobody_who_is_kept_from_the_other_child(
    client: Client, row: LinkRequest, watched: Watched, other: Watched
) -> None:
    concerns.keep_from(other.child, watched.worker, reason="A relative", by=other.manager, at=NOW)
    link = link_requests.say_yes(row, other.child, by=other.desk.person, at=NOW + HOUR)
    links.check(
        link, result="confirmed", how="Asked both", may_be_danger=False, by=other.worker, at=NOW + 2 * HOUR
    )
    checked = "What binds this child and another was checked"
    read = story(client, watched, watched.worker)
    assert ASKED in read
    for words in (LINKED, checked, other.worker.name, other.desk.person.name):
        assert words not in read
    for reader in (watched.manager, watched.head):
        read = story(client, watched, reader)
        assert LINKED in read
        assert checked in read
    read = story(client, other, other.worker)
    assert LINKED in read
    assert other.desk.person.name in read


@pytest.mark.by_turns
def test_who_of_another_council_made_a_link_stands_on_no_timeline_of_the_asker(
    client: Client, row: LinkRequest, watched: Watched, other: Watched
) -> None:
    link_requests.say_yes(row, other.child, by=other.desk.person, at=NOW + HOUR)
    read = story(client, watched, watched.worker)
    assert LINKED in read
    assert "Another council" in read[read.index(LINKED) :]
    assert other.desk.person.name not in read
    assert other.desk.team.name not in read


@pytest.mark.by_turns(8)
def test_neither_the_home_nor_the_guardian_reads_which_council_was_asked(
    client: Client, row: LinkRequest, watched: Watched, other: Watched
) -> None:
    third = a_watched_child()
    work = (third.team, third.worker)
    responsibilities.start(other.child, authority=third.authority, work_of=work, by=third.manager, at=NOW)
    link_requests.pass_on(row, other.child, by=other.desk.person, at=NOW)
    handed = "What another council asks of this child"
    for reader in (watched.carer, watched.guardian):
        read = story(client, watched, reader)
        assert ASKED not in read
        assert other.authority.name not in read
    for reader in (other.carer, other.guardian):
        assert handed not in story(client, other, reader)
    assert ASKED in story(client, watched, watched.worker)
    assert handed in story(client, other, third.worker)
    link_requests.withdraw(row, why="Found", by=watched.worker, at=NOW + HOUR)
    for reader in (watched.carer, watched.guardian):
        assert "is asked no more" not in story(client, watched, reader)
