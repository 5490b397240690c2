"""The link of an escort: shown once, kept as a hash, and good for the next stop of one journey until its hand-over."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import access, children, concerns, contacts, escort_links, journeys
from cases.models import AccessRecord, Contact, EscortLink, Event, Journey
from tests.cases.expectations import events, refused
from tests.factories import Watched, a_home, a_person, a_watched_child, confirmed, planned

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def watched(now: Any) -> Watched:
    return a_watched_child(at=now - 5 * HOUR, given_name="Yonatan", family_name="Berhane")


@pytest.fixture
def journey(watched: Watched, now: Any) -> Journey:
    made = planned(watched.child, by=watched.worker, departs_at=now - HOUR, at=now - 2 * HOUR)
    confirmed(made, 0, by=watched.worker, at=now - HOUR)
    return made


@pytest.fixture
def token(watched: Watched, journey: Journey, now: Any) -> str:
    return escort_links.make(journey, 1, by=watched.worker, at=now)


def page(token: str) -> str:
    return reverse("escort_page", args=[token])


def here(client: Client, token: str, stop: int, **more: str) -> Any:
    return client.post(page(token), {"stop": str(stop), "once": str(uuid.uuid4())} | more)


@pytest.mark.by_turns
def test_only_the_hash_is_stored_and_a_new_link_closes_the_old(
    client: Client, watched: Watched, journey: Journey, token: str, now: Any
) -> None:
    assert re.fullmatch(r"[A-Za-z2-9]{22}", token)
    assert token not in str(list(EscortLink.objects.values()))
    again = escort_links.make(journey, 1, by=watched.worker, at=now)
    assert client.get(page(token)).status_code == 410
    assert client.get(page(again)).status_code == 200
    assert client.get(page("x" * 22)).status_code == 404


@pytest.mark.by_turns
def test_looking_at_it_changes_nothing_but_the_record_of_reads(
    client: Client, journey: Journey, token: str
) -> None:
    before = Event.objects.count(), Contact.objects.count(), EscortLink.objects.values().get()
    for _ in range(3):
        assert client.get(page(token)).status_code == 200
    assert (Event.objects.count(), Contact.objects.count(), EscortLink.objects.values().get()) == before
    reads = AccessRecord.objects.filter(page="escort_page")
    assert reads.count() == 3
    assert token not in str(list(reads.values()))


def test_it_shows_the_next_stop_and_of_the_child_a_letter_and_a_reference(
    client: Client, watched: Watched, token: str
) -> None:
    answer = client.get(page(token))
    words = answer.content.decode()
    assert "Place 1" in words
    assert watched.child.reference in words
    for secret in (
        "Yonatan",
        "Berhane",
        "Place 0",
        "Place 2",
        "AB12",
        watched.home.name,
        "Wants to go",
        "Ines",
    ):
        assert secret not in words
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.by_turns(8)
def test_the_escort_confirms_stop_by_stop_until_the_hand_over_closes_it(
    client: Client, watched: Watched, journey: Journey, token: str
) -> None:
    with events(watched.child, "journey_confirmed") as written:
        assert here(client, token, 1).status_code == 302
    assert (written[0].actor, written[0].actor_label) == (None, "as given by link")
    one = journeys.confirmations(journey)[-1]
    assert (one.as_given, one.contact.witness, one.contact.recorded_by) == (True, "Petra Lindqvist", None)
    words = client.get(page(token)).content.decode()
    assert "Recorded: Stop 1, " in words
    assert "Hand the child over to" in words
    assert "Ines Ferreira" in words
    assert here(client, token, 2).status_code == 302
    over = client.get(page(token))
    assert over.status_code == 410
    assert "The hand-over is recorded" in over.content.decode()
    assert "Ines Ferreira" not in over.content.decode()
    with events(watched.child):
        assert here(client, token, 2).status_code == 410


@pytest.mark.by_turns(8)
def test_that_it_was_handed_over_is_said_by_no_link_but_theirs_and_while_it_stands(
    client: Client, watched: Watched, journey: Journey, token: str, now: Any
) -> None:
    """Whoever has pressed for the last time reads that it is recorded; the word of an expired link stays as it was."""
    closed, token = token, escort_links.make(journey, 1, by=watched.worker, at=now)
    assert here(client, token, 2).status_code == 302
    said = "The hand-over is recorded"
    assert said in client.get(page(token)).content.decode()
    assert said not in client.get(page(closed)).content.decode()
    same = a_person("placement_staff", home=a_home(watched.authority), name="Petra Lindqvist")
    concerns.keep_from(watched.child, same, reason="An allegation", by=watched.manager, at=now)
    assert said not in client.get(page(token)).content.decode()


@pytest.mark.by_turns
def test_a_hand_over_that_is_withdrawn_or_a_journey_that_is_broken_off_is_none(
    client: Client, watched: Watched, journey: Journey, token: str, now: Any
) -> None:
    assert here(client, token, 2).status_code == 302
    one = journeys.confirmations(journey)[-1]
    contacts.withdraw(one.contact, reason="Nobody was there", by=watched.worker, at=now + HOUR)
    words = client.get(page(token)).content.decode()
    assert "This link has expired" in words
    assert "The hand-over is recorded" not in words


@pytest.mark.by_turns
def test_a_page_that_is_old_confirms_no_other_stop(
    client: Client, watched: Watched, journey: Journey, token: str, now: Any
) -> None:
    confirmed(journey, 1, by=watched.worker, at=now)
    with events(watched.child):
        answer = here(client, token, 1)
    assert answer.status_code == 422
    assert "is confirmed already" in answer.content.decode()


def test_the_same_press_twice_is_one(client: Client, watched: Watched, journey: Journey, token: str) -> None:
    once = str(uuid.uuid4())
    here(client, token, 1, once=once)
    here(client, token, 1, once=once)
    assert len(journeys.confirmations(journey)) == 2


@pytest.mark.by_turns
def test_a_confirmation_by_link_can_be_withdrawn_as_any_other(
    client: Client, watched: Watched, journey: Journey, token: str, now: Any
) -> None:
    here(client, token, 1)
    one = journeys.confirmations(journey)[-1]
    contacts.withdraw(one.contact, reason="Nobody was there", by=watched.worker, at=now + HOUR)
    assert len(journeys.confirmations(journey)) == 1


@pytest.mark.by_turns(8)
def test_it_lapses_by_itself_and_has_its_fill(client: Client, token: str, now: Any, monkeypatch: Any) -> None:
    link = escort_links.find(token)
    assert link is not None
    assert escort_links.is_live(link, now=link.expires_at - timedelta(minutes=1))
    assert not escort_links.is_live(link, now=link.expires_at)
    for _ in range(escort_links.REQUESTS):
        assert client.get(page(token)).status_code == 200
    assert client.get(page(token)).status_code == 429
    assert here(client, token, 1).status_code == 429


@pytest.mark.by_turns(8)
def test_no_link_is_made_for_a_journey_that_has_ended(watched: Watched, journey: Journey, now: Any) -> None:
    confirmed(journey, 2, by=watched.worker, at=now)
    with refused(watched.child, "This journey has ended already."):
        escort_links.make(journey, 2, by=watched.worker, at=now)
    with refused(watched.child, "A journey has two escorts."):
        escort_links.make(journey, 3, by=watched.worker, at=now)
    assert access.may(watched.worker, watched.child, access.Permission.CHANGE_CHILD, at=now)
    assert children.Child.objects.get(pk=watched.child.pk).closed_at is None


@pytest.mark.by_turns
def test_the_link_is_shown_once_to_whoever_may_change_the_child(
    client: Client, watched: Watched, journey: Journey
) -> None:
    where = reverse("journey_link", args=[watched.child.reference, 2])
    client.force_login(watched.carer)
    assert client.post(where).status_code in (403, 404)
    assert not EscortLink.objects.exists()
    client.force_login(watched.worker)
    assert client.get(where).status_code == 405
    answer = client.post(where)
    (shown,) = set(re.findall(r"/j/([A-Za-z2-9]{22})/", answer.content.decode()))
    assert answer["Cache-Control"] == "no-store"
    assert escort_links.find(shown).escort == "Owen Tasker"
    assert shown not in client.get(reverse("journey", args=[watched.child.reference])).content.decode()
