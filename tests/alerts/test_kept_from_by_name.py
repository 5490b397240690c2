"""Somebody else types that the child was seen by a person from whom the child is kept: it stands as written, and is no proof."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import sweep
from alerts.models import Alert, Clock
from cases import concerns, escorts, facts
from cases.models import Absence, Contact, KeepFrom, SeenReport, User
from tests import factories
from tests.alerts.test_duty_desk import said, silent_until, the_task
from tests.factories import AT, Watched

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# What somebody types of whom they do not know the account.
TOLD: dict[str, Any] = {"witness_user": None, "witness_role": "placement_staff", "organisation": "home:7"}


@pytest.fixture
def rung(now: datetime) -> Watched:
    """A home that the desk is asked to ring, with a colleague beside the carer who will answer."""
    found = silent_until("R1", now=now)
    User.objects.filter(pk=found.carer.pk).update(name="Petra Lindqvist")
    found.carer.refresh_from_db()
    factories.a_person("placement_staff", home=found.home, name="Maeve Reid")
    return found


@pytest.fixture
def watched() -> Watched:
    found = factories.a_watched_child()
    User.objects.filter(pk=found.carer.pk).update(name="Petra Lindqvist")
    found.carer.refresh_from_db()
    return found


def keep_from(watched: Watched, user: User, *, at: datetime) -> KeepFrom:
    return concerns.keep_from(watched.child, user, reason="An allegation", by=watched.manager, at=at)


def lift(mark: KeepFrom, *, by: User, at: datetime) -> None:
    concerns.lift_keep_from(mark, reason="Unfounded", seconded_by=factories.somebody(), by=by, at=at)


def is_silent(watched: Watched) -> bool:
    return Alert.objects.open().filter(child=watched.child, clock__kind=Clock.Kind.CONTACT).exists()


def typed(watched: Watched, *, at: datetime, **words: Any) -> Contact:
    """Duty records who is said to have seen the child."""
    return factories.seen(watched.child, by=watched.desk.person, at=at, **{**TOLD, **words})


def counted(watched: Watched) -> list[str]:
    """The witnesses of the sightings that the clocks read."""
    return [one.witness for one in facts.load([watched.child.pk])[watched.child.pk].contacts]


@pytest.mark.parametrize(
    "words",
    [
        {"witness": "Petra Lindqvist"},
        {"witness": " petra   LINDQVIST "},
        {"witness": "Maeve Reid", "told_by": "Petra Lindqvist"},
        {"witness": "Petra Lindqvist", "witness_role": "teacher"},
    ],
)
def test_what_duty_types_in_the_name_of_somebody_kept_from_the_child_ends_no_alert_and_says_nothing_of_the_mark(
    client: Client, rung: Watched, now: datetime, words: dict[str, str]
) -> None:
    keep_from(rung, rung.carer, at=now)
    client.force_login(rung.desk.person)
    answer = client.post(reverse("home_seen", args=[the_task(rung).pk]), said(rung, **words), follow=True)
    sweep.sweep_all(now=now + MINUTE)
    assert is_silent(rung)
    page = answer.content.decode()
    assert "Recorded. 1 child of this call is still without a record that counts." in page
    assert "An allegation" not in page
    contact = Contact.objects.get(child=rung.child)
    assert (contact.witness, contact.witness_user) == (words["witness"].strip(), None)


@pytest.mark.parametrize("kept", [False, True])
def test_the_word_of_their_colleague_ends_the_alert(
    client: Client, rung: Watched, now: datetime, kept: bool
) -> None:
    if kept:
        keep_from(rung, rung.carer, at=now)
    client.force_login(rung.desk.person)
    client.post(reverse("home_seen", args=[the_task(rung).pk]), said(rung, witness="Maeve Reid"))
    sweep.sweep_all(now=now + MINUTE)
    assert not is_silent(rung)


def test_without_a_mark_the_same_word_ends_it_and_a_mark_set_later_puts_the_clock_back_until_it_is_lifted(
    client: Client, rung: Watched, now: datetime
) -> None:
    client.force_login(rung.desk.person)
    client.post(reverse("home_seen", args=[the_task(rung).pk]), said(rung, witness="Petra Lindqvist"))
    sweep.sweep_all(now=now + MINUTE)
    assert not is_silent(rung)
    mark = keep_from(rung, rung.carer, at=now + 2 * MINUTE)
    sweep.sweep_all(now=now + 2 * MINUTE)
    assert is_silent(rung)
    lift(mark, by=rung.manager, at=now + 3 * MINUTE)
    assert counted(rung) == ["Petra Lindqvist"]


def test_a_check_in_by_the_social_worker_in_their_name_is_no_proof(
    client: Client, watched: Watched, now: datetime
) -> None:
    keep_from(watched, watched.carer, at=now - HOUR)
    client.force_login(watched.worker)
    answers = {"outcome": "seen", "means": "face_to_face", "who": "other", "witness": "petra lindqvist"}
    answers |= {"witness_role": "placement_staff", "happened_at_when": "now"}
    page = client.get(reverse("contact_new", args=[watched.child.reference]))
    answers["once"] = str(page.context["form"]["once"].value())
    assert client.post(reverse("contact_new", args=[watched.child.reference]), answers).status_code == 302
    assert Contact.objects.get(child=watched.child).witness == "petra lindqvist"
    assert counted(watched) == []


def test_the_last_word_of_somebody_else_stands_behind_it(watched: Watched) -> None:
    typed(watched, at=AT + HOUR, witness="Maeve Reid")
    typed(watched, at=AT + 2 * HOUR, witness="Petra Lindqvist")
    assert counted(watched) == ["Maeve Reid", "Petra Lindqvist"]
    keep_from(watched, watched.carer, at=AT + 3 * HOUR)
    assert counted(watched) == ["Maeve Reid"]


def test_of_two_people_of_one_name_the_one_who_signs_in_is_believed_and_a_typed_name_is_not(
    watched: Watched,
) -> None:
    other = factories.a_person("placement_staff", home=watched.home, name=watched.carer.name)
    keep_from(watched, watched.carer, at=AT + HOUR)
    typed(watched, at=AT + 2 * HOUR, witness="Petra Lindqvist")
    assert counted(watched) == []
    factories.seen(watched.child, by=other, at=AT + 3 * HOUR)
    assert counted(watched) == ["Petra Lindqvist"]


def test_a_mark_is_of_one_child(watched: Watched) -> None:
    other = factories.a_child(watched.authority, team=watched.team, worker=watched.worker)
    factories.placed(other, watched.home)
    keep_from(watched, watched.carer, at=AT + HOUR)
    for child in (watched.child, other):
        factories.seen(child, by=watched.desk.person, at=AT + 2 * HOUR, **TOLD, witness="Petra Lindqvist")
    read = facts.load([watched.child.pk, other.pk])
    assert [len(read[child.pk].contacts) for child in (watched.child, other)] == [0, 1]


def test_a_search_hears_nothing_in_their_name_and_unhears_it_with_a_later_mark(watched: Watched) -> None:
    episode = factories.missing(watched.child, at=AT + HOUR)
    typed(watched, at=AT + 2 * HOUR, witness="Petra Lindqvist")
    episode.refresh_from_db()
    assert episode.reported_seen_at == AT + 2 * HOUR
    mark = keep_from(watched, watched.carer, at=AT + 3 * HOUR)
    episode.refresh_from_db()
    assert episode.reported_seen_at is None
    typed(watched, at=AT + 4 * HOUR, witness="PETRA lindqvist")
    episode.refresh_from_db()
    assert episode.reported_seen_at is None
    assert SeenReport.objects.filter(episode=episode).count() == 1
    lift(mark, by=watched.manager, at=AT + 5 * HOUR)
    episode.refresh_from_db()
    assert episode.reported_seen_at == AT + 2 * HOUR


def test_a_child_who_is_out_is_not_back_by_a_word_in_their_name(watched: Watched) -> None:
    keep_from(watched, watched.carer, at=AT)
    factories.out(watched.child, at=AT + HOUR, until=AT + 5 * HOUR)
    typed(watched, at=AT + 2 * HOUR, witness="Petra Lindqvist")
    assert Absence.objects.get(child=watched.child).ends_at is None
    typed(watched, at=AT + 3 * HOUR, witness="Maeve Reid")
    assert Absence.objects.get(child=watched.child).ends_at == AT + 3 * HOUR


def test_a_child_who_was_back_by_a_word_in_their_name_is_out_again_with_the_mark(watched: Watched) -> None:
    factories.out(watched.child, at=AT + HOUR, until=AT + 5 * HOUR)
    typed(watched, at=AT + 2 * HOUR, witness="Petra Lindqvist")
    assert Absence.objects.get(child=watched.child).ends_at == AT + 2 * HOUR
    keep_from(watched, watched.carer, at=AT + 3 * HOUR)
    assert Absence.objects.get(child=watched.child).ends_at is None


def test_reading_the_facts_takes_no_query_more_for_a_mark_by_name(watched: Watched) -> None:
    typed(watched, at=AT + 2 * HOUR, witness="Petra Lindqvist")
    keep_from(watched, watched.guardian, at=AT + HOUR)
    with CaptureQueriesContext(connection) as before:
        facts.load([watched.child.pk])
    keep_from(watched, watched.carer, at=AT + 3 * HOUR)
    with CaptureQueriesContext(connection) as after:
        facts.load([watched.child.pk])
    assert len(after) == len(before)


def test_an_account_without_a_name_makes_nobody_disbelieved_of_whom_it_is_not_said_who_told(
    watched: Watched,
) -> None:
    User.objects.filter(pk=watched.carer.pk).update(name="’")
    keep_from(watched, watched.carer, at=AT + HOUR)
    typed(watched, at=AT + 2 * HOUR, witness="Maeve Reid", told_by="")
    assert counted(watched) == ["Maeve Reid"]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Åsa Öberg", "åsa  ÖBERG"),
        ("Şeyda Ünal", "ŞEYDA ünal"),
        ("Petra Lindqvist", "Petra Lindqvist-Hale"),
        ("José Muñoz", "jose MUNOZ"),
        ("Orla O'Brien", "Orla O’Brien"),
        ("Orla O’Brien", "orla obrien"),
        ("Ada Holt-Vane", "Ada Holt Vane"),
        ("Ada Holt‑Vane", "ada holt - vane"),
        ("Jörg Weiß", "Jorg Weiss"),
        ("José", "JOSÉ"),
        ("İpek Ünal", "ipek unal"),
        ("Petra Lindqvist", "Petra"),
        ("Petra Lindqvist", "Petra\tLindqvist"),
    ],
)
def test_what_is_one_name_is_one_to_the_facts_and_to_the_plan_of_a_journey(
    watched: Watched, name: str, word: str
) -> None:
    User.objects.filter(pk=watched.carer.pk).update(name=name)
    watched.carer.refresh_from_db()
    keep_from(watched, watched.carer, at=AT + HOUR)
    typed(watched, at=AT + 2 * HOUR, witness=word)
    is_one = "Petra" not in name or word == "Petra\tLindqvist"
    assert escorts.is_same((word, "", ""), watched.carer) is is_one
    assert (counted(watched) == []) is is_one
