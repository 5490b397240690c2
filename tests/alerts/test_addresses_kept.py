"""Where a child lives, is and goes, and how it is rung, is found on no page of whoever may not read an address."""

import html
import io
import logging
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from alerts import sweep
from cases import absences, clock, details, episodes, find_me, placement_papers, placements, responsibilities
from cases.journey_plans import Place as Stop
from cases.models import Child, Journey, Reach, Role, User
from tests.alerts import matrix
from tests.alerts.bare import people_read_once
from tests.alerts.matrix import Place, Reader
from tests.cases.test_journey_page import answers
from tests.counts import FULL, a_third, counts, one_in
from tests.factories import (
    Watched,
    a_child,
    a_force,
    a_person,
    a_watched_child,
    away,
    confirmed,
    guarded,
    missing,
    out,
    placed,
    planned,
    seen,
    silent,
)

pytestmark = pytest.mark.django_db

T = TypeVar("T")
HOUR = timedelta(hours=1)
# Each stands in one kind of row and nowhere else; numbers and postcodes as their figures and letters alone.
ADDRESSES = ("Quillwort", "Tansybrook", "zx19qq", "zx18qq")
PHONES = ("07700900771", "07700900772", "07700900773", "07700900774", "07700900779")
OUTINGS = ("Harebell", "Bistort", "Figwort", "07700900775", "07700900776", "07700900777")
ENDINGS = ("Teaselbank", "07700900778", "Loosestrife", "Campionlea", "Eyebright")
JOURNEYS = ("Sorrelgate", "Vetchling", "Burnetfield", "Comfreyside")
# On these pages whoever may reads all of them, beside the page of an episode.
WHERE_THEY_STAND = (
    "child_timeline",
    "child_placements",
    "journey",
    "child_details",
    "child_profile",
    "child",
)
# Of the other children each reader meets those of one turn: there, and at any other address one of them at a third.
TURNS, TURNS_ELSEWHERE = counts((6, 18), (1, 1))
# Of a page its letters and figures alone are looked at.
NO_LETTERS = bytes(number for number in range(256) if not chr(number).isascii() or not chr(number).isalnum())
MARKS = (*ADDRESSES, *PHONES, *OUTINGS, "Madderfield", "Woodruff", "Yarrowdene", *ENDINGS, *JOURNEYS)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of refusals are written into no log."""
    monkeypatch.setattr(logging.Logger, "isEnabledFor", lambda *_: False)


def at_an_address(one: Watched, name: str, postcode: str) -> placements.Address:
    return placements.Address(
        address=f"7 {name} Row",
        postcode=postcode,
        phone="01632 960701",
        authority=one.authority,
        force=one.force,
    )


def the_way(departure: str, destination: str, *, at: datetime) -> tuple[Stop, ...]:
    names = (f"3 {departure}", "Services at Fleet", f"5 {destination}")
    return tuple(Stop(place=name, due_at=at + n * HOUR) for n, name in enumerate(names))


@pytest.fixture
def one(now: datetime) -> Watched:
    """A child with every such fact of its past in some row, and an open search."""
    found = a_watched_child(at=now - 30 * HOUR, phone="07700 900771", safe_phone="07700 900772")
    child, worker = found.child, found.worker
    placed(child, at_an_address(found, "Quillwort", "ZX1 9QQ"), at=now - 29 * HOUR)
    standing = placed(child, at_an_address(found, "Tansybrook", "ZX1 8QQ"), at=now - 28 * HOUR)
    last = (now + timedelta(days=20)).date()
    placement_papers.say_next(
        standing, last_date=last, comes_next="1 Madderfield", by=worker, at=now - 27 * HOUR
    )
    stay = {"place": "2 Harebell Way", "with_whom": "An aunt", "phone": "07700 900775"}
    out(child, until=now - 26 * HOUR, **stay, at=now - 27 * HOUR)
    absences.come_back(child, back_at=now - 26 * HOUR, by=worker, at=now - 26 * HOUR)
    leaves = now - 20 * HOUR
    way = the_way("Sorrelgate", "Vetchling", at=leaves)
    journey = planned(child, departs_at=leaves, at=now - 25 * HOUR, kind=Journey.Kind.OTHER, places=way)
    for stop in range(3):
        confirmed(journey, stop, by=worker, at=leaves + stop * HOUR)
    said = {"phone": "07700 900773", "safe_phone": "07700 900774"}
    details.change(child, said, topic="phones", version=0, by=worker, at=now - 15 * HOUR)
    answers = {"cards": "A travel pass", "numbers": "07700 900779"}
    accounts = {"answers": answers, "state": "in_progress", "version": 0}
    find_me.write(child, "accounts", **accounts, by=worker, at=now - 14 * HOUR)
    child.refresh_from_db()
    silent(child, at=now - 2 * HOUR)
    sweep.sweep_all(now=now - HOUR)
    missing(child, by=worker, at=now - HOUR / 2)
    sweep.sweep_all(now=now)
    return found


@pytest.fixture
def others(one: Watched, now: datetime) -> list[Child]:
    """Children of the same team and guardian: away, out, reported away, on a journey, without a home, and found again."""
    found = []
    for _n in range(6):
        child = a_child(one.authority, team=one.team, worker=one.worker, at=now - 30 * HOUR)
        placed(child, at_an_address(one, "Tansybrook", "ZX1 8QQ"))
        guarded(child, one.guardian)
        seen(child, by=one.worker, at=now - 3 * HOUR)
        found.append(child)
    gone, strolling, stays, travels, nowhere, back = found
    then = {"with_whom": "A cousin", "phone": "07700 900776", "until": now + 20 * HOUR}
    away(gone, place="2 Bistort Way", **then, at=now - 2 * HOUR)
    out(strolling, place="2 Figwort Way", phone="07700 900777", until=now + HOUR, at=now - HOUR)
    episodes.report_away(stays, whereabouts="4 Woodruff", reason="A party", by=one.worker, at=now - HOUR)
    way = the_way("Burnetfield", "Comfreyside", at=now + HOUR)
    planned(travels, departs_at=now + HOUR, at=now - HOUR, kind=Journey.Kind.OTHER, places=way)
    standing = nowhere.placements.get()
    ended = {"reason": "The carer is ill", "where": "8 Yarrowdene"}
    placements.end(standing, ends_at=now - HOUR, **ended, by=one.worker, at=now - HOUR)
    search = missing(back, by=one.worker, at=now - 2 * HOUR)
    duty, then_at = one.desk.person, now - HOUR
    spoke = {"how": "spoke", "adult": "Y. Eyebright", "phone": "07700 900778"}
    episodes.confirm_with_child(search, **spoke, by=duty, at=then_at)
    search.refresh_from_db()
    if search.police_owed_at is not None:
        closed = {"officer": "PC 4821 Penrowe", "closed_at": then_at}
        episodes.record_police_closing(search, **closed, by=one.desk.second, at=then_at)
    where = {
        "where_now": "6 Teaselbank",
        "found_place": "1 Loosestrife Row",
        "checked_by": "Campionlea council",
    }
    ending = episodes.Ending(found_by="M. Reid", **where)
    episodes.end(search, outcome="returned", ending=ending, by=duty, at=then_at)
    sweep.sweep_all(now=now)
    return found


def readers(one: Watched) -> dict[str, tuple[str, User]]:
    """Whoever may not read an address, each with whose column of the table of all addresses says what opens to them."""
    service = one.assignment.service
    return {
        "colleague of the team": ("worker", a_person(Role.SOCIAL_WORKER, team=one.team)),
        "colleague of another team": ("colleague", a_person(Role.SOCIAL_WORKER, authority=one.authority)),
        "guardian without leave": ("guardian", one.guardian),
        "who supervises the guardian": (
            "supervisor",
            a_person(Role.GUARDIAN, service=service, reach=Reach.SERVICE),
        ),
        "staff of the home it left": ("carer", one.carer),
        "administrator": ("administrator", a_person(Role.ADMINISTRATOR, authority=one.authority)),
        "auditor": ("auditor", a_person(Role.AUDITOR, authority=one.authority)),
        "data protection": ("dpo", a_person(Role.DPO, authority=one.authority)),
        "oversight": ("statistician", a_person(Role.STATISTICIAN)),
        "police of another force": ("officer", a_person(Role.POLICE, force=a_force())),
    }


def who_reads(place: Place, columns: dict[str, str], table: matrix.Table) -> Sequence[str]:
    """To whom an address is open by the table; in each run one of them in turn, and a third where all of it stands.

    What is open to administrators alone is about organisations and people: a third of that.
    """
    told = table[place.name, "own"]
    may = [who for who, column in columns.items() if "o" in (told[column] or told[matrix.ALL_OFFICES])]
    if not FULL and {columns[who] for who in may} == {"administrator"} and one_in(place.name, 3):
        return ()
    return a_third(may, place.name) if has_all(place) else one_of(may, place.name)


def has_all(place: Place) -> bool:
    return place.name in WHERE_THEY_STAND or place.name == "episode"


def one_of(who: Sequence[T], words: str) -> Sequence[T]:
    """One of them, in turn for these words; all of them in full."""
    return who if FULL else who[one_in(words, len(who) or 1) :][:1]


def asked(
    places: Iterable[Place], child: Child, others: Iterable[Child], who: str
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each address with both methods, and what is shown of the others at those that are about the child.

    Of them each reader is asked about one in turn where all of it stands, about one at a third of the other addresses, and
    about all in ./run faults.
    """
    for place in places:
        yield place.name, place.path, matrix.METHODS
        if child.reference in place.path:
            turns = TURNS if has_all(place) else TURNS_ELSEWHERE
            turn = one_in((who, place.name), turns)
            for number, other in enumerate(others):
                if number % turns == turn:
                    yield place.name, place.path.replace(child.reference, other.reference), ("GET",)


def found_in(answer: HttpResponse) -> list[str]:
    """The marks that stand in an answer, whatever it is."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK"):
        packed = zipfile.ZipFile(io.BytesIO(body))
        body = b"\n".join(packed.read(name) for name in packed.namelist())
    text = html.unescape(body.decode(errors="replace")) + str(answer.headers)
    bare = text.lower().encode("ascii", "ignore").translate(None, NO_LETTERS).decode()
    return [mark for mark in MARKS if mark.lower() in bare]


def opened(letters: str, methods: Sequence[str], name: str) -> list[str]:
    """The methods that a row of the table opens; what is sent to a page that can be read is sent to one in four, in turn,
    and to each in ./run faults.
    """
    found = [method for method, letter in zip(methods, letters, strict=False) if letter == "o"]
    return found if FULL or one_in((letters, name), 4) == 1 else found[:1]


def leaks(
    reader: User, column: str, addresses: Iterable[tuple[str, str, tuple[str, ...]]]
) -> dict[str, list[str]]:
    """By address and method the marks that this reader was shown."""
    table, asking = matrix.read(), Reader(reader)
    found: dict[str, list[str]] = {}
    for name, path, methods in addresses:
        letters = table[name, "own"][column] or table[name, "own"][matrix.ALL_OFFICES]
        for method in opened(letters, methods, name):
            shown = found_in(asking.ask(path, method))
            if shown:
                found[f"{method} {name}"] = sorted({*found.get(f"{method} {name}", []), *shown})
    return found


@pytest.mark.by_turns(8)
def test_nobody_without_the_address_reads_where_a_child_is_or_how_it_is_rung(
    one: Watched, others: list[Child], now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now + HOUR / 60)
    places = matrix.places(one, now)
    asking = readers(one)
    columns = {who: column for who, (column, _person) in asking.items()}
    table = matrix.read()
    reading = {place: who_reads(place, columns, table) for place in places}
    people_read_once(monkeypatch, settings, now + HOUR / 60)
    found = {
        who: shown
        for who, (column, person) in asking.items()
        if (
            shown := leaks(
                person,
                column,
                asked((place for place in places if who in reading[place]), one.child, others, who),
            )
        )
    }
    assert found == {}


@pytest.mark.by_turns(8)
def test_every_mark_is_read_by_the_childs_social_worker(
    one: Watched, others: list[Child], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the other test would find nothing because there is nothing to find."""
    monkeypatch.setattr(clock, "now", lambda: now + HOUR / 60)
    # What is not on these of the others is on one more page of that child.
    pages = [reverse(name, args=[one.child.reference]) for name in ("child", "child_profile")]
    pages += [reverse("child_timeline", args=[child.reference]) for child in others]
    pages += [reverse("journey", args=[child.reference]) for child in others]
    pages += [reverse("episode", args=[f"{others[-1].reference}-M1"])]
    reader = Reader(one.worker)
    assert {mark for page in pages for mark in found_in(reader.ask(page, "GET"))} == set(MARKS)


@pytest.mark.by_turns(8)
def test_the_sender_of_a_child_reads_no_address_of_it(
    one: Watched, others: list[Child], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = a_watched_child(at=now - 30 * HOUR)
    for child in (one.child, *others):
        responsibilities.start(child, authority=there.authority, by=there.manager, at=now)
    monkeypatch.setattr(clock, "now", lambda: now + HOUR / 60)
    paths = [reverse("handed_over", args=[child.reference]) for child in (one.child, *others)]
    people = (one.worker, one.manager, one.desk.person, a_person(Role.SOCIAL_WORKER, team=one.team))
    for number, person in enumerate(people):
        reader = Reader(person)
        # Of each child one of them in turn.
        mine = paths if FULL else paths[number :: len(people)]
        answers = {path: reader.ask(path, "GET") for path in (*mine, reverse("handed_over_list"))}
        assert {answer.status_code for answer in answers.values()} == {200}
        assert {path: marks for path, answer in answers.items() if (marks := found_in(answer))} == {}


@pytest.fixture
def lives_at(now: datetime) -> Watched:
    """A child at an address, whose phones are on record."""
    found = a_watched_child(at=now - 30 * HOUR, phone="07700 900771", safe_phone="07700 900772")
    placed(found.child, at_an_address(found, "Quillwort", "ZX1 9QQ"), at=now - 29 * HOUR)
    seen(found.child, by=found.worker, at=now - HOUR)
    return found


@pytest.fixture
def colleague(lives_at: Watched, client: Client) -> User:
    """Of the same team, signed in."""
    person = a_person(Role.SOCIAL_WORKER, team=lives_at.team)
    client.force_login(person)
    return person


def page(client: Client, name: str, one: Watched, *more: str) -> str:
    answer = client.get(reverse(name, args=[one.child.reference, *more]))
    assert answer.status_code == 200
    written = answer.content.decode()
    # Also as it is read: a number in it is a link.
    return written + strip_tags(written)


@pytest.mark.by_turns(8)
def test_whoever_does_not_read_the_phones_reads_who_does_and_writes_over_none(
    client: Client, lives_at: Watched, colleague: User
) -> None:
    child = lives_at.child
    for name, *more in (("child_details",), ("child_profile",), ("find_me_section", "accounts")):
        words = page(client, name, lives_at, *more)
        assert "For the child’s social worker, duty and manager" in words
        assert "details/phones/" not in words
    address = reverse("details_change", args=[child.reference, "phones"])
    assert client.get(address).status_code == 404
    sent = {"version": 0, "phone": "", "safe_phone": ""}
    assert client.post(address, sent).status_code == 404
    said = {"state": "in_progress", "version": 0, "cards": "A travel pass"}
    assert (
        client.post(reverse("find_me_section", args=[child.reference, "accounts"]), said).status_code == 302
    )
    child.refresh_from_db()
    assert (child.phone, child.safe_phone) == ("07700 900771", "07700 900772")
    client.force_login(lives_at.worker)
    assert "details/phones/" in page(client, "child_details", lives_at)
    assert client.post(address, sent).status_code == 302
    child.refresh_from_db()
    assert (child.phone, child.safe_phone) == ("", "")


@pytest.mark.by_turns(8)
def test_whoever_does_not_read_the_phones_reads_no_further_number_in_the_profile_and_writes_over_none(
    client: Client, lives_at: Watched, colleague: User, now: datetime
) -> None:
    child = lives_at.child
    Child.objects.filter(pk=child.pk).update(phone="", safe_phone="")
    own = {"handset": "A black Nokia", "numbers": "07700 900781, in use"}
    told = {"answers": {**own, "cards": "A travel pass"}, "state": "complete", "version": 0}
    row = find_me.write(child, "accounts", **told, by=lives_at.worker, at=now - HOUR)
    for name, *more in (("child_profile",), ("find_me_section", "accounts")):
        words = page(client, name, lives_at, *more)
        assert "A travel pass" in words
        assert "For the child’s social worker, duty and manager" in words
        assert not [answer for answer in own.values() if answer in words]
    section = reverse("find_me_section", args=[child.reference, "accounts"])
    asked = {"state": "asked", "version": row.pk, "cards": "", "numbers": "None"}
    assert client.post(section, asked).status_code == 422, "there is an answer"
    said = {"state": "in_progress", "version": row.pk, "cards": "A bank card", "numbers": "None"}
    assert client.post(section, said).status_code == 302
    assert find_me.standing(child)["accounts"].answers == {**own, "cards": "A bank card"}
    client.force_login(lives_at.worker)
    for name, *more in (("child_profile",), ("find_me_section", "accounts")):
        assert own["numbers"] in page(client, name, lives_at, *more)


@pytest.mark.by_turns(8)
def test_a_journey_from_an_address_that_its_planner_may_not_read_sets_out_from_there(
    client: Client, lives_at: Watched, colleague: User, now: datetime
) -> None:
    address = reverse("journey_new", args=[lives_at.child.reference])
    form = client.get(address).context["form"]
    assert "from_place" not in form.initial
    assert form.initial["from_force"] == lives_at.force.pk
    assert "taken from the record" in form["from_place"].help_text
    given = answers(lives_at, now) | {"kind": "other", "from_place": ""}
    assert client.post(address, given).status_code == 302
    stops = Journey.objects.get().stops
    assert [stop.place for stop in stops.all()] == ["7 Quillwort Row, ZX1 9QQ", "Services", "The new home"]
    words = page(client, "journey", lives_at)
    assert "Quillwort" not in words
    assert "Stop 1: Services" in words
    client.force_login(lives_at.worker)
    assert "Pick-up: 7 Quillwort Row, ZX1 9QQ" in page(client, "journey", lives_at)


def test_a_journey_from_elsewhere_sets_out_from_what_was_written(
    client: Client, lives_at: Watched, colleague: User, now: datetime
) -> None:
    address = reverse("journey_new", args=[lives_at.child.reference])
    assert client.post(address, answers(lives_at, now) | {"from_place": "The court"}).status_code == 302
    assert Journey.objects.get().stops.all()[0].place == "The court"


@pytest.mark.by_turns(8)
def test_the_forms_of_a_placement_say_an_address_and_write_it_nowhere(
    client: Client, lives_at: Watched, colleague: User
) -> None:
    for name in ("placement_new", "placement_end"):
        words = page(client, name, lives_at)
        assert (
            "Now at <bdi>an address, for the child’s social worker, duty and manager to read</bdi>." in words
        )
        assert 'value="an address' not in words
    client.force_login(lives_at.worker)
    assert "7 Quillwort Row" in page(client, "placement_new", lives_at)
