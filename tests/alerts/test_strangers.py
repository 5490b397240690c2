"""Every address × role × relation × method against one table, and what a stranger is answered: a child that does not exist."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from alerts import sweep
from cases import clock, concerns, restrictions
from cases.models import Child, User
from tests.alerts import matrix
from tests.alerts.bare import without_words
from tests.alerts.matrix import ALL_OFFICES, AROUND, METHODS, OFFICES, Place, Reader, everybody, people
from tests.factories import Watched, a_child, a_watched_child, guarded, missing, photographed, placed, silent

pytestmark = pytest.mark.django_db

NAME = "Tarekiel"
DAY = timedelta(days=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_child_searched_for(now)


def a_child_searched_for(now: datetime) -> Watched:
    """A child with an ended silence and an open episode, so that every address has something to show."""
    found = a_watched_child(at=now - timedelta(hours=30), given_name=NAME)
    silent(found.child, at=now - timedelta(hours=2))
    sweep.sweep_all(now=now - timedelta(hours=1))
    missing(found.child, by=found.worker, at=now - timedelta(minutes=40))
    sweep.sweep_all(now=now)
    return found


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of refusals are written into no log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, settings: Any, now: datetime) -> Callable[[], None]:
    """Return what forgets whom each person may reach."""
    return without_words(monkeypatch, settings, now)


Answers = dict[str, dict[str, str]]


def walk(
    places: list[Place],
    persons: dict[str, User | None],
    *,
    press: dict[str, Any] = matrix.PRESS,
    at_most: Answers | None = None,
) -> Answers:
    """What each role is answered at each address, a letter for GET and one for POST; `at_most` what was open before."""
    readers = {role: Reader(person) for role, person in persons.items()}
    found: Answers = {}
    for place in places:
        answers = dict.fromkeys(readers, "")
        for number, method in enumerate(METHODS):
            has_method = True
            for role, reader in readers.items():
                if at_most is not None and at_most[place.name][role][number] != "o":
                    # What was closed to somebody near the child is closed to them when they are kept away.
                    answers[role] += at_most[place.name][role][number]
                    continue
                # Whoever is signed in is told that there is no such method before their role is looked at.
                asked = has_method or role == "nobody"
                said = ask(reader, place, method, press) if asked else "n"
                has_method = said != "n"
                answers[role] += said
        found[place.name] = answers
    return found


def without(persons: dict[str, User | None], *roles: str) -> dict[str, User | None]:
    return {role: person for role, person in persons.items() if role not in roles}


def ask(reader: Reader, place: Place, method: str, press: dict[str, Any]) -> str:
    """The letter of one answer; whatever it is, no browser and no proxy keeps it."""
    answer = reader.ask(place.path, method, **(press if method == "POST" else {}))
    assert "no-store" in answer.headers.get("Cache-Control", ""), (place.name, method, answer.status_code)
    return matrix.letter(answer)


def test_everybody_gets_in_where_the_table_says_and_nowhere_else(
    watched: Watched, now: datetime, bare: Callable[[], None]
) -> None:
    places = matrix.places(watched, now)
    about = [place for place in places if place.is_about]
    near = people(watched)
    # Whoever may is asked for what is missing, which is less work than the act itself.
    own = walk([place for place in places if not place.is_about], without(near, ALL_OFFICES), press={})
    own |= walk(about, without(near, *OFFICES), press={})
    let_in = [place for place in about if "o" in own[place.name][ALL_OFFICES]]
    for name, answers in walk(let_in, {role: near[role] for role in OFFICES}, press={}).items():
        own[name] |= answers
    found = {(name, "own"): answers for name, answers in own.items()}
    elsewhere = a_watched_child(at=now - timedelta(hours=30))
    open_to_one = walk(about, {"stranger": matrix.a_stranger(elsewhere)})
    let_in = [place for place in about if not matrix.is_refused(open_to_one[place.name])]
    far = people(elsewhere)
    others = {"stranger": walk(let_in, {role: far[role] for role in (*AROUND, "administrator")})}
    around = everybody(watched)
    family = Child.objects.filter(family_name=watched.child.family_name)
    with transaction.atomic():
        for child in family.exclude(restrictions__isnull=False):
            restrictions.restrict(child, reason="A threat", named=[], by=watched.head, at=now)
        bare()
        others["restricted"] = walk(about, {**around}, at_most=own)
        transaction.set_rollback(True)
    for child in family:
        for person in around.values():
            concerns.keep_from(child, person, reason="An allegation", by=watched.head, at=now)
    bare()
    others["kept"] = walk(about, {**around}, at_most=own)
    for relation, answers in others.items():
        found |= {(name, relation): row for name, row in answers.items() if not matrix.is_refused(row)}
    if matrix.keep(found):
        return
    table = matrix.read()
    new = sorted(name for name, relation in set(found) - set(table) if relation == "own")
    assert not new, "new addresses: UPDATE_SNAPSHOTS=1 writes their rows, for you to read"
    assert found == {row: {role: said for role, said in told.items() if said} for row, told in table.items()}


# What is made anew for every answer: the nonce of its scripts, and the token and the key of its forms.
FRESH = re.compile(
    r"""nonce-[\w+/=-]+|(?<=nonce=")[^"]+|(?<=name="csrfmiddlewaretoken" value=")[^"]+|(?<=name="once" value=")[^"]+"""
)


def shown(answer: HttpResponse, *paths: str) -> dict[str, Any]:
    """All that a reader can tell one answer from another by, with what is fresh in every answer masked."""
    body = answer.content.decode()
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    for path in paths:
        body = body.replace(path, "PATH")
        headers = {name: value.replace(path, "PATH") for name, value in headers.items()}
    masked = {name: FRESH.sub("FRESH", value) for name, value in headers.items()}
    return {"status": answer.status_code, "headers": masked, "body": FRESH.sub("FRESH", body)}


def answered(reader: Reader, path: str, method: str, *masked: str, **query: Any) -> dict[str, Any]:
    """The same, with how much the database was asked for it."""
    # The log of queries has an end, behind which nothing would be counted.
    connection.queries_log.clear()
    with CaptureQueriesContext(connection) as asked:
        answer = reader.ask(path, method, **query)
    return shown(answer, *masked) | {"queries": len(asked)}


def differing(one: dict[str, Any], other: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What of two answers is not the same; of a page its first line that is not."""
    found = {name: (one[name], other[name]) for name in one if one[name] != other[name]}
    if "body" in found:
        lines = zip_longest(*(page.splitlines() for page in found["body"]))
        found["body"] = next((line for line in lines if line[0] != line[1]), found["body"])
    return found


def test_a_stranger_is_answered_as_if_there_were_no_such_child(watched: Watched, now: datetime) -> None:
    """Each address by one role after the other, so that all of them meet every kind of page."""
    about = [place for place in matrix.places(watched, now) if place.is_about]
    far = people(a_watched_child(at=now - timedelta(hours=30)))
    readers = [Reader(far[role]) for role in (*AROUND, "administrator")]
    open_to_all = {name for name, relation in matrix.read() if relation == "stranger"}
    refused, told_apart = 0, []
    for number, place in enumerate(one for one in about if one.name not in open_to_all):
        reader = readers[number % len(readers)]
        for method in METHODS:
            press = matrix.PRESS if method == "POST" else {}
            there = answered(reader, place.path, method, place.path, **press)
            nowhere = answered(reader, place.nobodys, method, place.nobodys, **press)
            if there != nowhere:
                told_apart.append((place.name, method, differing(there, nowhere)))
            refused += there["status"] == 404
    assert not told_apart
    assert refused > 50


def test_what_is_made_for_a_reader_is_the_same_whether_there_is_a_strange_child_or_not(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    far = people(a_watched_child(at=now - timedelta(hours=30)))
    strange = a_watched_child(at=now - timedelta(hours=30))
    for _ in range(4):
        # Until the sweep has nothing more to do for those who are there already.
        sweep.sweep_all(now=now)
    readers = {
        role: Reader(person)
        for role, person in far.items()
        # A colleague reads what a worker does, whoever holds all offices what each of them does.
        if role not in ("colleague", "statistician", ALL_OFFICES, "nobody")
    }

    asked = [(path, {}) for path in matrix.made_for_the_reader(far["worker"], far["guardian"])]
    reference = matrix.never_given_out()
    asked += [(path, {"q": q}) for path in ("/search/", "/partials/children/") for q in (NAME, reference)]
    asked += [("/partials/search/", {"q": NAME})]

    def told(rows: Iterable[tuple[str, int]]) -> dict[tuple[str, int], dict[str, Any]]:
        return {
            (role, number): answered(readers[role], asked[number][0], "GET", **asked[number][1])
            for role, number in rows
        }

    # Once for what is looked up once in a process.
    first = told((role, number) for role in readers for number in range(len(asked)))
    shown = [row for row, answer in first.items() if answer["status"] == 200]
    before = told(shown)
    child = a_child(
        strange.authority, team=strange.team, worker=strange.worker, at=now - DAY, given_name=NAME
    )
    Child.objects.filter(pk=child.pk).update(reference=reference)
    placed(child, strange.home)
    guarded(child, strange.guardian)
    photographed(child, at=now - timedelta(hours=3))
    missing(child, by=strange.worker, at=now - timedelta(minutes=40))
    sweep.sweep_all(now=now)
    # And what other lists are about: a guardian's leave and cover, a worker's, supervision, a referral.
    for happen in (matrix.of_cover, matrix.of_worker, matrix.of_guardian, matrix.a_referral):
        happen(strange, now)
    after = told(shown)

    assert {row: differing(before[row], after[row]) for row in before if before[row] != after[row]} == {}
    assert len(after) > 100
