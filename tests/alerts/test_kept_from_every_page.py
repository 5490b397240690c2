"""Whoever a child is kept from reads of it on no page, in no list and in no file, whatever their role and wherever they were."""

import logging
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from alerts import sweep
from cases import concerns, disclosures, drafts, kept_forms, log, placements, restrictions, reviewing_officers
from cases.models import Child, Membership, Reach, Role, User
from cases.permissions import Permission
from tests.alerts import matrix, test_addresses_kept
from tests.alerts.bare import people_read_once
from tests.alerts.matrix import Place, Reader
from tests.counts import FULL, a_third, one_in
from tests.factories import Watched, a_person, a_watched_child, missing, placed, silent

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
GIVEN, FAMILY, ADDRESS, PHONES = "Tarekiel", "Ouzelwick", "Quillwort", ("07700900771", "07700900772")
# What somebody types who looks for the child; in the answer to it that word is their own.
SEARCHES = ("search", "search_results", "child_list", "child_list_results", "child_new_matches")
# What the link in a mail to the police opens to whoever has it, signed in or not.
BY_THEIR_ADDRESS = ("police_alert", "police_profile")


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of refusals are written into no log."""
    monkeypatch.setattr(logging.Logger, "isEnabledFor", lambda *_: False)


@pytest.fixture
def one(now: datetime) -> Watched:
    """A child who is searched for, with an ended silence, an address of before and two numbers."""
    found = a_watched_child(at=now - 30 * HOUR, given_name=GIVEN, phone="07700 900771")
    there = placements.Address(
        address=f"7 {ADDRESS} Row",
        postcode="ZX1 9QQ",
        phone="07700 900772",
        authority=found.authority,
        force=found.force,
    )
    placed(found.child, there, at=now - 29 * HOUR)
    placed(found.child, found.home, at=now - 28 * HOUR)
    silent(found.child, at=now - 2 * HOUR)
    sweep.sweep_all(now=now - HOUR)
    shared = {
        "outcome": "shared",
        "body": "A school",
        "person": "Its head",
        "what": "Gone",
        "reason": "It asked",
    }
    by = {"by": found.worker, "at": now - HOUR}
    disclosures.record(found.child, **shared, basis="vital", happened_at=now - HOUR, key=uuid.uuid4(), **by)
    missing(found.child, by=found.worker, at=now - HOUR / 2)
    sweep.sweep_all(now=now)
    return found


@pytest.fixture
def places(one: Watched, now: datetime) -> list[Place]:
    """Every address, with a row of the child in what lists there are; the children beside it are of another name."""
    found = matrix.places(one, now)
    Child.objects.filter(pk=one.child.pk).update(family_name=FAMILY)
    return found


@pytest.fixture
def readers(one: Watched, places: list[Place], now: datetime) -> dict[str, tuple[str, User]]:
    """Whoever may have come near the child by their role, each with their column of the table of all addresses.

    Each has read it, and has drafts of it.
    """
    near = {role: (role, person) for role, person in matrix.people(one).items() if person is not None}
    del near[matrix.ALL_OFFICES]
    service = one.assignment.service
    reviewer = a_person(Role.REVIEWING_OFFICER, authority=one.authority)
    since = now + timedelta(seconds=1)
    officer = reviewing_officers.Officer(user=reviewer, starts_at=since)
    reviewing_officers.appoint(one.child, officer, by=one.worker, at=since)
    found = near | {
        "head": ("manager", one.head),
        "director": ("manager", one.director),
        "second on duty": ("duty", one.desk.second),
        "foster carer": ("carer", a_person(Role.FOSTER_CARER, home=one.home)),
        "worker of the team": ("worker", a_person(Role.SOCIAL_WORKER, team=one.team)),
        "manager of the team": ("manager", a_person(Role.TEAM_MANAGER, team=one.team)),
        "manager of another team": ("manager", a_person(Role.TEAM_MANAGER, authority=one.authority)),
        "head of the guardians": (
            "supervisor",
            a_person(Role.GUARDIAN, service=service, reach=Reach.DIRECTORATE),
        ),
        "reviewing officer": ("colleague", reviewer),
    }
    page = log.Place(path=f"/children/{one.child.reference}/", page="child")
    for _column, person in found.values():
        seen = {"user": person, "child_id": one.child.pk, "permission": Permission.SEE_STATUS}
        log.record_access(**seen, allowed=True, place=page, at=now)
        for form in drafts.NEEDS:
            drafts.save(person, form, one.child, data={"text": [f"{GIVEN} {FAMILY}"]}, at=now)
    return found


def marks(one: Watched) -> tuple[str, ...]:
    """The figures and letters by which somebody would know the child."""
    return (one.child.reference.replace("-", ""), GIVEN, FAMILY, ADDRESS, *PHONES)


def told(answer: HttpResponse, one: Watched, *typed: str) -> list[str]:
    """Which of these stand in an answer, whatever it is, but for what was typed by whoever asked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_addresses_kept, "MARKS", [mark for mark in marks(one) if mark not in typed])
        return test_addresses_kept.found_in(answer)


Asked = tuple[str, str, dict[str, str]]


def lists(one: Watched, places: Sequence[Place]) -> Iterator[Asked]:
    """Every address that does not name the child, by the name by which the table knows it, and what is typed there."""
    known = set()
    for place in places:
        if one.child.reference not in place.path and place.name not in BY_THEIR_ADDRESS:
            known.add(place.path)
            yield place.name, place.path, {}
    names = {place.path: place.name for place in places}
    for path in matrix.made_for_the_reader(one.worker, one.guardian):
        if path not in known:
            yield names.get(path, "manager_list"), path, {}
    for name in SEARCHES:
        for mark in (GIVEN, FAMILY, one.child.reference):
            yield name, reverse(name), {"q": mark, "given_name": mark}


def pages(one: Watched, places: Sequence[Place]) -> list[Place]:
    """Every address that names the child."""
    return [place for place in places if one.child.reference in place.path]


def who_may(name: str, readers: dict[str, tuple[str, User]]) -> list[str]:
    """To whom an address is open by the table before anybody is kept from anybody."""
    row = matrix.read()[name, "own"]
    return [who for who, (column, _person) in readers.items() if row[column].startswith("o")]


def asks(reader: Reader, path: str, typed: dict[str, str]) -> HttpResponse:
    return reader.ask(path, "GET", **typed)


def words(typed: dict[str, str]) -> list[str]:
    """What was typed, as the marks stand."""
    return [word.replace("-", "") for word in typed.values()]


def in_turn(who: Sequence[str], *words: str) -> Sequence[str]:
    """One of them, in turn for these words; all of them in full."""
    return who if FULL else who[one_in(words, len(who) or 1) :][:1]


def test_whoever_a_child_is_kept_from_reads_of_it_nowhere(
    one: Watched,
    places: list[Place],
    readers: dict[str, tuple[str, User]],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    form = reverse("note_new", args=[one.child.reference])
    by = a_person(Role.TEAM_MANAGER, team=one.team, reach=Reach.DIRECTORATE)
    for _column, person in readers.values():
        kept_forms.keep(person, page=form, action=form, data={"text": [GIVEN]}, at=now)
        concerns.keep_from(one.child, person, reason="An allegation", by=by, at=now)
    people_read_once(monkeypatch, settings, now + MINUTE)
    assert read_of(one, places, readers) == {}


@pytest.mark.by_turns(8)
def test_whoever_is_not_among_those_a_restricted_record_is_open_to_reads_of_it_nowhere(
    one: Watched,
    places: list[Place],
    readers: dict[str, tuple[str, User]],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    # Somebody who decides about the child reads it still, so that no head has to; whoever answers the desk always may, and the
    # first head reads the restriction, and nothing else of the record (docs/adr/0044).
    by = a_person(Role.TEAM_MANAGER, team=one.team, reach=Reach.DIRECTORATE)
    restrictions.restrict(one.child, reason="A threat", named=[by], by=by, at=now)
    people_read_once(monkeypatch, settings, now + MINUTE)
    may = ("duty", "second on duty", "head")
    assert read_of(one, places, {who: reader for who, reader in readers.items() if who not in may}) == {}


def test_whose_role_has_ended_reads_of_it_on_an_open_session_in_their_own_reads_alone(
    one: Watched,
    places: list[Place],
    readers: dict[str, tuple[str, User]],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    asking = {who: Reader(person) for who, (_column, person) in readers.items()}
    people = [person for _column, person in readers.values()]
    Membership.objects.filter(user__in=people).update(ends_at=now)
    people_read_once(monkeypatch, settings, now + MINUTE)
    found = {
        path: shown
        for name, path, typed in lists(one, places)
        for who in in_turn(who_may(name, readers), path, *typed.values())
        if (shown := told(asks(asking[who], path, typed), one, *words(typed)))
    }
    assert found.keys() <= {reverse("own_reads")}, found


@pytest.mark.by_turns(8)
def test_before_that_each_of_them_reads_of_it_in_some_list(
    one: Watched,
    places: list[Place],
    readers: dict[str, tuple[str, User]],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    """Else the other test would find nothing because there is nothing to find."""
    people_read_once(monkeypatch, settings, now + MINUTE)
    asking = {who: Reader(person) for who, (_column, person) in readers.items()}
    found: dict[str, set[str]] = {}
    for name, path, typed in lists(one, places):
        for who in in_turn(who_may(name, readers), path, *typed.values()):
            answer = asks(asking[who], path, typed)
            if told(answer, one, *words(typed)):
                found.setdefault(who, set()).add(path)
    # In full those of each role; in each run what one of them reads in turn.
    assert not FULL or set(found) == set(readers)
    assert len({path for paths in found.values() for path in paths}) > 15


def read_of(
    one: Watched, places: Sequence[Place], readers: dict[str, tuple[str, User]]
) -> dict[str, dict[str, list[str]]]:
    """By address and reader what of the child stands there; of its own addresses what they are answered but 404.

    In each run each list is read by one of those to whom it is open, in turn, and a third of the other addresses.
    """
    asking = {who: Reader(person) for who, (_column, person) in readers.items()}
    beside = [child.reference for child in Child.objects.exclude(pk=one.child.pk).order_by("pk")]
    found: dict[str, dict[str, list[str]]] = {}

    def read(who: str, name: str, path: str, typed: dict[str, str]) -> None:
        answer = asks(asking[who], path, typed)
        if shown := told(answer, one, *words(typed)):
            found.setdefault(f"{path}?{urlencode(typed)}", {})[who] = shown

    for name, path, typed in lists(one, places):
        for who in in_turn(who_may(name, readers), path, *typed.values()):
            read(who, name, path, typed)
    own = pages(one, places)
    for place in own if FULL else a_third(own, "kept"):
        may = who_may(place.name, readers)
        for who in in_turn(may, place.path):
            status = asking[who].ask(place.path, "GET").status_code
            if status != 404:
                found.setdefault(place.path, {})[who] = [str(status)]
        other = beside[one_in(place.name, len(beside))]
        for who in in_turn(may, place.path, other):
            read(who, place.name, place.path.replace(one.child.reference, other), {})
    return found
