"""A child who is out or away is seen there by its host: it stays away, and the home's word alone brings it back."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts.desk import Silent
from alerts.forms.duty_tasks import SeenByPhone
from alerts.models import Clock
from cases import contacts, witnesses
from cases.forms.contact import CheckInForm
from cases.forms.typed import london
from cases.models import Absence, Child, Contact, WitnessRole
from cases.placements import Address
from tests.factories import AT, Watched, a_home, a_watched_child, away, out, placed, seen

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 12 * HOUR


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child()
    away(found.child, until=AT + timedelta(days=3), by=found.carer, agreed_by=found.worker, at=AT)
    return found


def told(watched: Watched, *, at_home: bool = False, at: datetime = NOW) -> Contact:
    """Duty writes down that the host, a foster carer, sees the child."""
    word = witnesses.word_of_other(
        "Sela Maddern", WitnessRole.FOSTER_CARER, watched.child, at_home=at_home, seen_at=at, at=at
    )
    sighting = contacts.Sighting(happened_at=at, **word)  # type: ignore[arg-type]
    return contacts.record(watched.child, sighting, by=watched.desk.person, at=at)


def is_gone(watched: Watched) -> bool:
    return Absence.objects.filter(child=watched.child, ends_at=None).exists()


@pytest.mark.by_turns
def test_the_hosts_word_leaves_the_child_away_and_is_not_that_of_its_home(watched: Watched) -> None:
    contact = told(watched)
    assert is_gone(watched)
    assert contact.knows_child
    assert contact.organisation == "other:foster_carer"


@pytest.mark.by_turns
def test_the_word_that_the_child_is_back_at_home_ends_it_whoever_writes_it_down(watched: Watched) -> None:
    assert told(watched, at_home=True).organisation == f"home:{watched.home.pk}"
    assert not is_gone(watched)


@pytest.mark.by_turns
def test_staff_of_the_home_who_see_the_child_end_an_outing_as_ever() -> None:
    found = a_watched_child()
    out(found.child, until=AT + 6 * HOUR, by=found.carer, at=AT)
    told(found, at=AT + HOUR)
    assert is_gone(found)
    seen(found.child, by=found.carer, at=AT + 2 * HOUR)
    assert not is_gone(found)


@pytest.mark.by_turns
def test_a_contact_of_a_child_who_is_away_asks_where_a_foster_carer_saw_it(
    client: Client, now: datetime
) -> None:
    watched = a_watched_child(at=now - 2 * HOUR)
    until = now + timedelta(days=3)
    away(watched.child, until=until, by=watched.carer, agreed_by=watched.worker, at=now - HOUR)
    client.force_login(watched.worker)
    address = reverse("contact_new", args=[watched.child.reference])
    said = {
        "outcome": "seen",
        "happened_at_when": "now",
        "who": "other",
        "witness": "Sela Maddern",
        "witness_role": "foster_carer",
        "means": "face_to_face",
        "once": str(uuid.uuid4()),
    }
    refused = client.post(address, said)
    assert refused.status_code == 422
    assert refused.context["form"].errors["where"] == [
        "Select where the child was seen: at home, or where it is meanwhile"
    ]
    assert refused.context["form"]["witness"].value() == "Sela Maddern"
    assert client.post(address, said | {"where": "elsewhere"}).status_code == 302
    assert is_gone(watched)
    assert client.post(address, said | {"once": str(uuid.uuid4()), "where": "home"}).status_code == 302
    assert not is_gone(watched)


@pytest.mark.by_turns(8)
def test_duty_is_offered_no_part_of_whoever_saw_a_child_who_is_away(watched: Watched) -> None:
    other = a_watched_child(given_name="Tesfay")
    lines = [Silent(child=one.child, due_at=NOW, placement=one.placement) for one in (watched, other)]
    form = SeenByPhone(silent=lines, now=NOW)
    assert not form["witness_role"].value()
    given = {
        "witness": "Sela Maddern",
        "witness_role": "foster_carer",
        "seen_at_when": "now",
        "means": "face_to_face",
    }
    given["once"] = str(uuid.uuid4())
    asked = SeenByPhone({**given, "children": [watched.child.reference]}, silent=lines, now=NOW)
    assert list(asked.errors) == ["where"]
    at_home = SeenByPhone({**given, "children": [other.child.reference]}, silent=lines, now=NOW)
    assert at_home.is_valid()
    assert at_home.sighting(at=NOW).organisation == f"home:{other.home.pk}"


def by_phone(lines: list[Silent], child: Child, *, where: str, when: timedelta) -> SeenByPhone:
    moment = london(NOW - when)
    given = {
        "witness": "Sela Maddern",
        "witness_role": "foster_carer",
        "means": "face_to_face",
        "where": where,
    }
    typed = {"seen_at_when": "other", "seen_at_time": moment.strftime("%H:%M"), "once": str(uuid.uuid4())}
    typed |= {f"seen_at_{part}": str(getattr(moment, part)) for part in ("day", "month", "year")}
    return SeenByPhone({**given, **typed, "children": [child.reference]}, silent=lines, now=NOW)


@pytest.mark.by_turns
def test_whoever_saw_the_child_before_it_left_says_so_and_the_word_is_that_of_its_home(
    watched: Watched,
) -> None:
    """Neither “back” nor “where it is meanwhile” was true of a carer who saw it off."""
    lines = [Silent(child=watched.child, due_at=NOW, placement=watched.placement)]
    form = by_phone(lines, watched.child, where="left", when=NOW - AT)
    assert form.is_valid(), form.errors
    sighting = form.sighting(at=NOW)
    assert sighting.organisation == f"home:{watched.home.pk}"
    contacts.record(watched.child, sighting, by=watched.desk.person, at=NOW)
    assert is_gone(watched)


def test_nobody_has_seen_before_the_departure_what_happened_hours_after_it(watched: Watched) -> None:
    lines = [Silent(child=watched.child, due_at=NOW, placement=watched.placement)]
    form = by_phone(lines, watched.child, where="left", when=HOUR)
    assert form.errors["seen_at"] == [
        "The time must be before the child left, or say that it was seen elsewhere"
    ]


@pytest.mark.by_turns
def test_who_of_a_homes_children_is_gone_is_asked_once_of_all(django_assert_num_queries: Any) -> None:
    children = [a_watched_child(given_name=name).child for name in ("Dawit", "Tesfay", "Yonas")]
    for some in (children[:1], children):
        lines = [Silent(child=child, due_at=NOW, placement=None) for child in some]
        with django_assert_num_queries(1):
            SeenByPhone(silent=lines, now=NOW)


def test_of_a_child_at_home_nobody_is_asked_where() -> None:
    found = a_watched_child()
    form = SeenByPhone(silent=[Silent(child=found.child, due_at=NOW, placement=None)], now=NOW)
    assert "where" not in form.fields
    assert form["witness_role"].value() == WitnessRole.PLACEMENT_STAFF
    assert "where" not in CheckInForm(now=NOW).fields


@pytest.mark.by_turns
@pytest.mark.parametrize(("minutes", "gone"), [(1, True), (14, True), (15, False)])
def test_whoever_saw_the_child_off_brings_it_not_back(minutes: int, gone: bool) -> None:
    """Out until eight, and *I saw* pressed after it: the police would have heard hours after the child was due back."""
    watched = a_watched_child()
    left = AT + 3 * HOUR
    out(watched.child, by=watched.carer, until=left + 8 * HOUR, at=left)
    at = left + timedelta(minutes=minutes)
    seen(watched.child, by=watched.carer, at=left + timedelta(minutes=20), happened_at=at)
    assert is_gone(watched) == gone
    clock = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)
    assert (clock.due_at == left + 8 * HOUR) == gone


@pytest.mark.by_turns
def test_at_an_address_too_the_word_that_the_child_is_back_brings_it_back() -> None:
    """No registered home stands for it, and the child would have been asked for where it no longer was."""
    watched = a_watched_child()
    place = Address(
        address="4 Quay Lane",
        postcode="",
        phone="01632 960190",
        provider="Kin of the child",
        authority=watched.authority,
        force=watched.force,
    )
    placed(watched.child, place, at=AT + HOUR)  # type: ignore[arg-type]
    away(
        watched.child,
        until=AT + timedelta(days=3),
        by=watched.worker,
        agreed_by=watched.manager,
        at=AT + HOUR,
    )
    contact = told(watched, at_home=True)
    assert contact.organisation.startswith("home:placement-")
    assert not is_gone(watched)


@pytest.mark.by_turns
def test_a_word_of_the_house_before_a_move_stays_that_houses_and_makes_no_second_pair_of_eyes() -> None:
    found = a_watched_child()
    there = a_home(found.authority)
    placed(found.child, there, starts_at=NOW, at=NOW + timedelta(minutes=10))

    def whose(seen_at: datetime) -> object:
        by = ("Marguerite Reid", WitnessRole.PLACEMENT_STAFF, found.child)
        return witnesses.word_of_other(*by, seen_at=seen_at, at=NOW + HOUR)["organisation"]

    assert whose(NOW - HOUR) == f"home:{found.home.pk}"
    assert whose(NOW + timedelta(minutes=30)) == f"home:{there.pk}"
    # What was seen before the record knew of any house is the word of the house that it knows.
    assert whose(AT - timedelta(days=300)) == f"home:{there.pk}"
