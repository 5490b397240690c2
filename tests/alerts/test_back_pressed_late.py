"""*Back*, pressed after the child was to be back: the tick ends the asking, and without it everybody reads what is written."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from alerts import check_ins, sweep
from alerts.models import Alert
from cases import clock
from cases.models import Absence, Contact, MissingEpisode, Role
from tests.factories import AT, Watched, a_person, a_watched_child, away, out, seen

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
UNTIL = AT + 3 * HOUR
LATE = UNTIL + 5 * MINUTE


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child(at=AT - timedelta(days=8), arrived_at=AT - timedelta(days=10))
    seen(found.child, by=found.carer, at=AT)
    return found


def gone(watched: Watched) -> None:
    out(watched.child, until=UNTIL, by=watched.carer, at=AT + HOUR)
    sweep.sweep_all(now=UNTIL)
    assert is_asked(watched)


def is_asked(watched: Watched) -> bool:
    return Alert.objects.open().filter(child=watched.child, clock__kind="contact").exists()


def press(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch, *, at: datetime, **answers
) -> str:
    """What the page says after the return is recorded by the carer at `at`."""
    monkeypatch.setattr(clock, "now", lambda: at)
    client.force_login(watched.carer)
    address = reverse("absence_back", args=[watched.child.reference])
    assert 'name="seen_now"' in client.get(address).content.decode()
    sent = client.post(address, {"back_at_when": "now", "once": str(uuid.uuid4()), **answers})
    assert sent.status_code == 302
    return " ".join(str(one) for one in get_messages(sent.wsgi_request))


def page(client: Client, reader: object, name: str, *args: str) -> str:
    client.force_login(reader)
    return client.get(reverse(name, args=args)).content.decode()


@pytest.mark.by_turns
def test_the_tick_records_that_the_child_is_seen_and_nobody_is_asked_any_more(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone(watched)
    said = press(client, watched, monkeypatch, at=LATE, seen_now="on")
    assert said == "The return is recorded, and that you see the child."
    contact = Contact.objects.latest("pk")
    assert (contact.happened_at, contact.witness_user) == (LATE, watched.carer)
    assert contact.organisation == f"home:{watched.home.pk}"
    assert Absence.objects.get(child=watched.child).ends_at == LATE
    sweep.sweep_all(now=LATE + MINUTE)
    assert not is_asked(watched)


@pytest.mark.by_turns(8)
def test_without_it_the_answer_says_what_goes_on_and_duty_reads_who_wrote_the_return(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone(watched)
    said = press(client, watched, monkeypatch, at=LATE)
    assert "Duty goes on asking until somebody says that they saw the child" in said
    assert "the police are mailed at 1pm" in said
    line = f"Back at 12:05pm, written by {watched.carer.name}; nobody has said that they saw the child."
    assert line in page(client, watched.desk.person, "duty_desk")
    sweep.sweep_all(now=LATE + 30 * MINUTE)
    episode = MissingEpisode.objects.get(child=watched.child)
    monkeypatch.setattr(clock, "now", lambda: LATE + 30 * MINUTE)
    assert line in page(client, watched.desk.person, "episode", episode.reference)
    seen(watched.child, by=watched.carer, at=LATE + 31 * MINUTE)
    assert line not in page(client, watched.desk.person, "duty_desk")


@pytest.mark.by_turns
def test_a_return_that_is_sent_twice_is_one_return_and_one_sighting(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone(watched)
    once, before = str(uuid.uuid4()), watched.child.contacts.count()
    said = {"seen_now": "on", "back_at_when": "now", "once": once}
    press(client, watched, monkeypatch, at=LATE, **said)
    client.post(reverse("absence_back", args=[watched.child.reference]), said)
    assert watched.child.contacts.count() == before + 1
    assert watched.child.events.filter(kind="came_back").count() == 1


@pytest.mark.by_turns(8)
def test_of_a_witness_whose_word_does_not_count_it_says_so_and_what_goes_on(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone(watched)
    monkeypatch.setattr(check_ins, "why_none", lambda contact, at: "It does not count as seen.")
    monkeypatch.setattr("alerts.written_returns.goes_on", lambda child, at: "Duty goes on asking.")
    said = press(client, watched, monkeypatch, at=LATE, seen_now="on")
    assert "It does not count as seen. Duty goes on asking." in said


@pytest.mark.by_turns(8)
def test_a_return_in_time_is_recorded_as_ever(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    out(watched.child, until=UNTIL, by=watched.carer, at=AT + HOUR)
    said = press(client, watched, monkeypatch, at=UNTIL - 10 * MINUTE)
    assert said == "The return is recorded. If you saw the child yourself, say so too."


def test_the_return_from_a_stay_away_has_the_tick_too(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(watched.child, until=UNTIL + HOUR, by=watched.carer, at=AT + HOUR)
    said = press(client, watched, monkeypatch, at=UNTIL, seen_now="on")
    assert said == "The return is recorded, and that you see the child."
    assert Contact.objects.filter(happened_at=UNTIL, organisation=f"home:{watched.home.pk}").exists()


@pytest.mark.by_turns
def test_who_may_not_record_a_return_finds_no_such_page(client: Client, watched: Watched) -> None:
    gone(watched)
    client.force_login(a_person(Role.PLACEMENT_STAFF))
    address = reverse("absence_back", args=[watched.child.reference])
    assert client.post(address, {"back_at_when": "now", "seen_now": "on"}).status_code == 404
    assert not Contact.objects.filter(happened_at__gt=AT).exists()
