"""Whom a page says to ring of each council: its own desk, and of one that has ended the desk of whoever answers for it."""

import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings

from cases import clock, link_desk, link_requests
from cases.models import Authority, Team
from cases.search import signs
from tests.factories import AT, Watched, a_watched_child

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(days=1)
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def old() -> Watched:
    return a_watched_child()


@pytest.fixture
def new() -> Watched:
    return a_watched_child()


@pytest.fixture
def keeper() -> Watched:
    return a_watched_child()


def ends(one: Watched, *successors: Watched, keeper: Watched | None = None) -> None:
    """Its teams are another's from today on, as a merger and a split leave them."""
    one.authority.successors.add(*(to.authority for to in successors))
    Team.objects.filter(authority=one.authority).update(authority=successors[0].authority, phone="")
    kept_by = None if keeper is None else keeper.authority
    Authority.objects.filter(pk=one.authority.pk).update(valid_to=NOW.date(), keeper=kept_by)


def number(one: Watched, at=NOW) -> str | None:
    return signs.desks_of({one.authority.pk}, at=at).get(one.authority.pk)


@pytest.mark.by_turns
def test_each_has_its_own_number_and_one_without_a_desk_has_none(old, new):
    assert signs.desks_of({old.authority.pk, new.authority.pk}, at=NOW) == {
        old.authority.pk: old.desk.team.phone,
        new.authority.pk: new.desk.team.phone,
    }
    Team.objects.filter(authority=old.authority).update(phone="")
    assert number(old) is None
    assert number(new) == new.desk.team.phone


@pytest.mark.by_turns
def test_of_one_that_has_ended_it_is_its_successors_from_that_day_on(old, new):
    ends(old, new)
    assert number(old) == new.desk.team.phone
    assert number(old, YESTERDAY) is None


@pytest.mark.by_turns
def test_of_one_that_was_split_it_is_that_of_whoever_keeps_what_names_it(old, new, keeper):
    ends(old, new, keeper, keeper=keeper)
    assert number(old) == keeper.desk.team.phone


@pytest.mark.by_turns
def test_of_one_whose_successor_has_ended_too_it_is_the_last_ones(old, new, keeper):
    ends(old, new)
    ends(new, keeper)
    assert number(old) == keeper.desk.team.phone


@pytest.mark.by_turns(8)
def test_whoever_asked_a_council_that_has_ended_since_is_told_whom_to_ring(old, new, keeper):
    asks = a_watched_child()
    said = link_requests.Said(kind="sibling", name="Tesfay", said_by="The child", why="It says so")
    link_requests.ask(
        asks.child, said, of=[old.authority], together=uuid.uuid4(), by=asks.worker, at=YESTERDAY
    )

    def told() -> str:
        (one,) = link_desk.of(asks.child, reader=asks.worker, at=NOW)
        return one.phone

    assert told() == old.desk.team.phone
    ends(old, new, keeper, keeper=keeper)
    assert told() == keeper.desk.team.phone
    Team.objects.filter(authority=keeper.authority).update(phone="")
    assert told() == settings.DUTY_LINE


@pytest.mark.by_turns
def test_of_a_council_that_made_no_link_the_page_still_says_whom_to_ring(client, monkeypatch, old):
    asks = a_watched_child()
    said = link_requests.Said(kind="sibling", name="Tesfay", said_by="The child", why="It says so")
    (row,) = link_requests.ask(
        asks.child, said, of=[old.authority], together=uuid.uuid4(), by=asks.worker, at=YESTERDAY
    )
    link_requests.refuse(row, "cannot_say", note="By name", by=old.desk.person, at=YESTERDAY)
    client.force_login(asks.worker)
    for at, is_told in ((row.due_at - timedelta(minutes=1), False), (row.due_at, True)):
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        shown = client.get(f"/children/{asks.child.reference}/people/").content.decode()
        assert ("No link was made" in shown, old.desk.team.phone in unescape(shown).replace("\xa0", " ")) == (
            is_told,
            is_told,
        )
