"""Every address × role × relation × method against one table, and what a stranger is answered: a child that does not exist."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from alerts import sweep
from cases import clock, concerns, restrictions
from cases.models import Child, User
from cases.signals import children_changed
from tests.alerts import matrix
from tests.alerts.bare import people_read_once, without_words
from tests.alerts.matrix import ALL_OFFICES, AROUND, METHODS, OFFICES, Place, Reader, everybody, people
from tests.counts import FULL, a_third, one_in
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


@pytest.fixture
def places(watched: Watched, now: datetime) -> list[Place]:
    """Every address, about that child where it is about something."""
    return matrix.places(watched, now)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of refusals are written into no log."""
    monkeypatch.setattr(logging.Logger, "isEnabledFor", lambda *_: False)


@contextmanager
def unheard() -> Iterator[None]:
    """Let nobody reckon the clocks of the children anew whose readers change here: nobody looks at them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(children_changed, "receivers", [])
        yield


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, settings: Any, now: datetime) -> Callable[[], None]:
    """Return what forgets whom each person may reach."""
    return without_words(monkeypatch, settings, now)


Answers = dict[str, dict[str, str]]
# Who is asked at an address, and by which methods.
Asked = Mapping[str, Collection[str]]
# Of what is not asked in this run.
NOT_ASKED = "?"
# Everybody is asked everywhere in ./run faults, and where the whole table is written anew.
WHOLE = FULL or matrix.is_written()


def walk(
    places: Iterable[Place],
    persons: dict[str, User | None],
    *,
    press: dict[str, Any] = matrix.PRESS,
    at_most: Answers | None = None,
    asked: Callable[[Place], Asked] | None = None,
) -> Answers:
    """What each role is answered at each address, a letter for GET and one for POST; `at_most` what was open before.

    `asked` says who of them is asked there and how, where not everybody is by both.
    """
    readers = {role: Reader(person) for role, person in persons.items()}
    found: Answers = {}
    for place in places:
        here = asked(place) if asked is not None else dict.fromkeys(readers, METHODS)
        answers = {role: "" for role in readers if role in here}
        for number, method in enumerate(METHODS):
            has_method = True
            for role in answers:
                if method not in here[role]:
                    answers[role] += NOT_ASKED
                    continue
                if at_most is not None and at_most[place.name][role][number] != "o":
                    # What was closed to somebody near the child is closed to them when they are kept away.
                    answers[role] += at_most[place.name][role][number]
                    continue
                # Whoever is signed in is told that there is no such method before their role is looked at.
                said = ask(readers[role], place, method, press) if has_method or role == "nobody" else "n"
                has_method = said != "n"
                answers[role] += said
        if answers:
            found[place.name] = answers
    return found


def without(persons: dict[str, User | None], *roles: str) -> dict[str, User | None]:
    return {role: person for role, person in persons.items() if role not in roles}


def ask(reader: Reader, place: Place, method: str, press: dict[str, Any]) -> str:
    """The letter of one answer; whatever it is, no browser and no proxy keeps it."""
    answer = reader.ask(place.path, method, **(press if method == "POST" else {}))
    assert "no-store" in answer.headers.get("Cache-Control", ""), (place.name, method, answer.status_code)
    return matrix.letter(answer)


def near_the_child(places: list[Place], near: dict[str, User | None]) -> Answers:
    """What everybody near the child is answered at every address."""
    about = [place for place in places if place.is_about]
    # Whoever may is asked for what is missing, which is less work than the act itself.
    own = walk([place for place in places if not place.is_about], without(near, ALL_OFFICES), press={})
    own |= walk(about, without(near, *OFFICES), press={})
    let_in = [place for place in about if "o" in own[place.name][ALL_OFFICES]]
    for name, answers in walk(let_in, {role: near[role] for role in OFFICES}, press={}).items():
        own[name] |= answers
    return own


def is_open(said: str) -> bool:
    return "o" in said


def in_turn(place: Place, told: dict[str, str]) -> Asked:
    """Who is asked by themselves at an address in each run, of whom the table tells: one of those who may at every sixth
    address, one of those who may not at every twelfth, and whoever is not signed in, each by one of the methods.
    """
    may = [role for role, said in told.items() if is_open(said)]
    may_not = [role for role, said in told.items() if not is_open(said)]
    asked = (
        may[one_in(place.name, 6 * len(may) or 1) :][:1]
        + may_not[one_in(place.name, 12 * len(may_not) or 1) :][:1]
    )
    return {role: one_method(role, place.name) for role in (*asked, "nobody")}


def one_method(*words: str) -> tuple[str, ...]:
    """One of the methods, in turn for these words; both in full."""
    return METHODS if WHOLE else METHODS[one_in(words, 2) :][:1]


def the_other(place: Place) -> tuple[str, ...]:
    """The method by which who may not is not asked at an address about somebody; both in full."""
    return METHODS if WHOLE else METHODS[1 - one_in((place.name,), 2) :][:1]


def let_in_with_all_that_may_not(
    watched: Watched, places: list[Place], own: Answers, now: datetime, forget: Callable[[], None]
) -> list[tuple[str, str]]:
    """Where one person with all the roles to which the table closes an address gets in, and by which method.

    Nobody's role closes a page that another of theirs opens, so this asks for all of them at once.
    """
    alike: dict[tuple[str, ...], list[Place]] = {}
    for place in places:
        roles = tuple(
            role for role, said in own[place.name].items() if not is_open(said) and role != "nobody"
        )
        alike.setdefault(roles, []).append(place)
    found = []
    for roles, closed in alike.items():
        if roles:
            with transaction.atomic():
                with unheard():
                    reader = Reader(matrix.in_all(watched, roles, at=now))
                forget()
                found += [
                    (place.name, method)
                    for place in closed
                    for method in one_method(place.name)
                    if is_open(ask(reader, place, method, {}))
                ]
                transaction.set_rollback(True)
            forget()
    return found


def test_everybody_gets_in_where_the_table_says_and_nowhere_else(
    watched: Watched, places: list[Place], now: datetime, bare: Callable[[], None]
) -> None:
    about = [place for place in places if place.is_about]
    table = {row: {role: said for role, said in told.items() if said} for row, told in matrix.read().items()}
    new = sorted(place.name for place in places if (place.name, "own") not in table)
    assert matrix.is_written() or not new, (
        "new addresses: UPDATE_SNAPSHOTS=1 writes their rows, for you to read"
    )
    near = people(watched)
    own = {name: told for (name, relation), told in table.items() if relation == "own"}
    if WHOLE:
        own = found = near_the_child(places, near)
    else:
        found = walk(places, near, press={}, asked=lambda place: in_turn(place, own[place.name]))
        assert let_in_with_all_that_may_not(watched, places, own, now, bare) == []
    others = answered_to_others(watched, about, own, now, bare)
    rows = {(name, "own"): answers for name, answers in found.items()}
    for relation, answers in others.items():
        rows |= {(name, relation): row for name, row in answers.items()}
    if WHOLE:
        # Of these only what lets somebody in stands in the table.
        rows = {row: told for row, told in rows.items() if row[1] == "own" or not matrix.is_refused(told)}
    if matrix.keep(rows):
        return
    if WHOLE:
        assert rows == table
    assert {name for name, relation in rows if relation == "own"} == set(own)
    assert told_otherwise(rows, table) == {}


def told_otherwise(
    found: dict[tuple[str, str], dict[str, str]], table: dict[tuple[str, str], dict[str, str]]
) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Whoever was answered otherwise than the table says: what it says, and the answer."""
    differ = {}
    for row, answers in found.items():
        for role, said in answers.items():
            told = table.get(row, {}).get(role, "")
            # What lets nobody in has no row of another's child, of one kept away, of a restricted one.
            if not is_alike(said, told) and (row in table or is_open(said)):
                differ[(*row, role)] = (told, said)
    return differ


def is_alike(said: str, told: str) -> bool:
    """Whether what was answered is what the table says, as far as it was asked."""
    return all(one in (NOT_ASKED, other) for one, other in zip_longest(said, told))


def answered_to_others(
    watched: Watched, about: list[Place], own: Answers, now: datetime, forget: Callable[[], None]
) -> dict[str, Answers]:
    """What is answered to whoever is around another child, is kept from this one, or is not named where it is restricted."""
    elsewhere = a_watched_child(at=now - timedelta(hours=30))
    let_in = [place for place in about if (place.name, "stranger") in matrix.read()]
    if WHOLE:
        open_to_one = walk(about, {"stranger": matrix.a_stranger(elsewhere)})
        let_in = [place for place in about if is_open(open_to_one[place.name]["stranger"])]
    far = people(elsewhere)
    strangers = {role: far[role] for role in (*AROUND, "administrator")}
    others = {"stranger": walk(let_in, strangers, asked=None if WHOLE else some_of(strangers))}
    around = everybody(watched)
    family = Child.objects.filter(family_name=watched.child.family_name)
    with transaction.atomic():
        with unheard():
            for child in family.exclude(restrictions__isnull=False):
                restrictions.restrict(child, reason="A threat", named=[], by=watched.head, at=now)
        forget()
        others["restricted"] = walk(about, {**around}, at_most=own, asked=shut_out(own, "restricted"))
        transaction.set_rollback(True)
    with unheard():
        for child in family:
            for person in around.values():
                concerns.keep_from(child, person, reason="An allegation", by=watched.head, at=now)
    forget()
    others["kept"] = walk(about, {**around}, at_most=own, asked=shut_out(own, "kept"))
    return others


def some_of(strangers: Collection[str]) -> Callable[[Place], Asked]:
    """At an address that is open to strangers a third of them, in turn, each by one of the methods."""

    def asked(place: Place) -> Asked:
        return {role: one_method(role, place.name) for role in a_third([*strangers], place.name)}

    return asked


def shut_out(own: Answers, relation: str) -> Callable[[Place], Asked] | None:
    """Who of those around the child, to whom an address was open, is asked when they are kept away: one, in turn.

    At each address this is asked of one of the two relations, in turn, and by one of the methods.
    """
    if WHOLE:
        return None

    def asked(place: Place) -> Asked:
        may = [role for role in AROUND if is_open(own[place.name][role])]
        turn = ("kept", "restricted")[one_in(place.name, 2)]
        chosen = may[one_in((relation, place.name), len(may)) :][:1] if may and turn == relation else ()
        return dict.fromkeys(chosen, one_method(relation, place.name))

    return asked


def shown(answer: HttpResponse, *paths: str) -> dict[str, Any]:
    """All that a reader can tell one answer from another by, with what is fresh in every answer masked."""
    body = answer.content.decode()
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    for path in paths:
        body = body.replace(path, "PATH")
        headers = {name: value.replace(path, "PATH") for name, value in headers.items()}
    masked = {name: matrix.FRESH.sub("FRESH", value) for name, value in headers.items()}
    return {"status": answer.status_code, "headers": masked, "body": matrix.FRESH.sub("FRESH", body)}


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


# What is answered to whoever is signed in and not let in.
CLOSED = (403, 404, 405)


def test_a_stranger_is_answered_as_if_there_were_no_such_child(
    watched: Watched, places: list[Place], now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Each address by one role after the other, so that all of them meet every kind of page.

    In each run by one person in all roles, by the method by which `let_in_with_all_that_may_not` does not ask; at two in
    three it is asked alone whether they are let in.
    """
    about = [place for place in places if place.is_about]
    elsewhere = a_watched_child(at=now - timedelta(hours=30))
    if not FULL:
        people_read_once(monkeypatch, settings, now + timedelta(minutes=1))
    readers = [Reader(matrix.a_stranger(elsewhere))]
    if FULL:
        far = people(elsewhere)
        readers = [Reader(far[role]) for role in (*AROUND, "administrator")]
    open_to_all = {name for name, relation in matrix.read() if relation == "stranger"}
    refused, told_apart, let_in = 0, [], list[tuple[str, str]]()
    for number, place in enumerate(one for one in about if one.name not in open_to_all):
        reader = readers[number % len(readers)]
        is_compared = FULL or not one_in(place.name, 3)
        for method in the_other(place):
            press = matrix.PRESS if method == "POST" else {}
            there = answered(reader, place.path, method, place.path, **press)
            let_in += [(place.name, method)] if there["status"] not in CLOSED else []
            refused += there["status"] == 404
            if not is_compared:
                continue
            nowhere = answered(reader, place.nobodys, method, place.nobodys, **press)
            if there != nowhere:
                # What is asked of a reader is asked once for all that they ask for, and the first time was dearer.
                there = answered(reader, place.path, method, place.path, **press)
            if there != nowhere:
                told_apart.append((place.name, method, differing(there, nowhere)))
    assert not told_apart
    assert not let_in
    assert refused > 50


Row = tuple[str, str, tuple[tuple[str, str], ...]]


def shown_rows(roles: Collection[str], asked: Iterable[tuple[str, dict[str, str]]]) -> list[Row]:
    """Whom of the roles each address is shown to, by the table: one of them in each run, in turn, and each of them one."""
    table = matrix.read()
    found: list[Row] = []
    waiting = set(roles)
    for path, query in asked:
        told = table[str(resolve(path).url_name), "own"]
        may = [role for role in roles if told[role].startswith("o")]
        if not FULL and may:
            turn = one_in((path, query), len(may))
            may = [next((role for role in may if role in waiting), may[turn])]
        waiting -= set(may)
        found += [(role, path, tuple(query.items())) for role in may]
    return found


def test_what_is_made_for_a_reader_is_the_same_whether_there_is_a_strange_child_or_not(
    now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    far = people(a_watched_child(at=now - timedelta(hours=30)))
    strange = a_watched_child(at=now - timedelta(hours=30))
    for _ in range(4):
        # Until the sweep has nothing more to do for those who are there already.
        sweep.sweep_all(now=now)
    forget = (lambda: None) if FULL else people_read_once(monkeypatch, settings, now)
    readers = {
        role: Reader(person)
        for role, person in far.items()
        # A colleague reads what a worker does, whoever holds all offices what each of them does.
        if role not in ("colleague", "statistician", ALL_OFFICES, "nobody")
    }

    asked: list[tuple[str, dict[str, str]]] = [
        (path, {}) for path in matrix.made_for_the_reader(far["worker"], far["guardian"])
    ]
    reference = matrix.never_given_out()
    asked += [(path, {"q": q}) for path in ("/search/", "/partials/children/") for q in (NAME, reference)]
    asked += [("/partials/search/", {"q": NAME})]
    rows = shown_rows(readers, asked)

    def told(rows: Iterable[Row]) -> dict[Row, dict[str, Any]]:
        forget()
        return {row: answered(readers[row[0]], row[1], "GET", **dict(row[2])) for row in rows}

    # A third is asked before as well; of what is asked after alone it is looked at whether a strange child stands there.
    compared = [row for row in rows if FULL or not one_in(row[1:], 3)]
    before = {row: answer for row, answer in told(compared).items() if answer["status"] == 200}
    with transaction.atomic():
        happen_to_a_child(strange, reference, now)
        after = told(before)
        beside = told(row for row in rows if row not in compared)
        transaction.set_rollback(True)
    # What a page looked up once in a process it did the first time alone.
    unlike = [row for row in before if before[row] != after[row]]
    again = told(unlike)
    assert {row: differing(again[row], after[row]) for row in unlike if again[row] != after[row]} == {}
    opened = after | {row: answer for row, answer in beside.items() if answer["status"] == 200}
    names = (strange.child.reference, reference)
    assert {row for row, answer in opened.items() if tells_of(answer["body"], row, *names)} == set()
    assert {role for role, _path, _query in opened} == set(readers)
    assert len(opened) > 50


def tells_of(body: str, row: Row, *references: str) -> bool:
    """Whether one of these children stands in an answer, but for what was typed by whoever asked."""
    typed = dict(row[2]).values()
    return any(one in body for one in references if one not in typed)


def happen_to_a_child(strange: Watched, reference: str, now: datetime) -> None:
    """All that lists are about, to a child of those around a strange one."""
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
