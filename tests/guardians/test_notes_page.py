"""A guardian's own notes: theirs and the team's to read, and no proof of anything."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from alerts.models import Clock
from cases import clock, notes
from cases.models import Contact, Note
from tests.factories import AT, Watched, a_person, a_watched_child, guarded

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT.replace(hour=12))


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Hawa")


def where(watched: Watched) -> str:
    return reverse("guardian_notes", args=[watched.child.reference])


def a_note(text: str) -> dict[str, object]:
    return {"text": text, "happened_at_when": "now", "once": uuid.uuid4()}


@pytest.mark.by_turns
def test_a_guardian_writes_a_note_that_the_team_reads_on_the_timeline(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.guardian)
    answer = client.post(where(watched), a_note("Asked twice about a bicycle"))
    assert answer.status_code == 302, answer.content.decode()
    assert Note.objects.get(child=watched.child).kind == Note.Kind.GUARDIAN
    assert "Asked twice about a bicycle" in client.get(where(watched)).content.decode()
    client.force_login(watched.worker)
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "Asked twice about a bicycle" in page


@pytest.mark.by_turns
def test_neither_case_notes_nor_another_guardians_are_shown_to_a_guardian(
    client: Client, watched: Watched
) -> None:
    other = a_person("guardian")
    guarded(watched.child, other, lead=False)
    for kind, by in ((Note.Kind.CASE, watched.worker), (Note.Kind.GUARDIAN, other)):
        notes.write(watched.child, text=f"Of {by.name}", kind=kind, by=by, at=AT)
    client.force_login(watched.guardian)
    page = client.get(where(watched)).content.decode()
    assert "Of " not in page
    assert "Nothing yet." in page


@pytest.mark.by_turns
def test_an_empty_note_is_asked_for_at_its_box(client: Client, watched: Watched) -> None:
    client.force_login(watched.guardian)
    answer = client.post(where(watched), a_note(" "))
    assert (answer.status_code, "Enter your note" in answer.content.decode()) == (422, True)
    assert not Note.objects.exists()


@pytest.mark.by_turns(8)
def test_a_note_and_a_call_that_nobody_answered_prove_nothing(client: Client, watched: Watched) -> None:
    due = Clock.objects.get(child=watched.child, kind="contact").due_at
    client.force_login(watched.guardian)
    client.post(where(watched), a_note("Saw him from the bus"))
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert where(watched) in page
    tried = {
        "outcome": "no_answer",
        "means": "phone",
        "who": "me",
        "happened_at_when": "now",
        "once": uuid.uuid4(),
    }
    answer = client.post(reverse("contact_new", args=[watched.child.reference]), tried)
    assert answer.status_code == 302, answer.content.decode()
    assert Contact.objects.get(child=watched.child).outcome == "no_answer"
    assert Clock.objects.get(child=watched.child, kind="contact").due_at == due
    client.force_login(watched.worker)
    assert "Tried, no answer" in client.get(reverse("child", args=[watched.child.reference])).content.decode()


@pytest.mark.by_turns
def test_only_the_childs_own_guardian_opens_the_page(client: Client, watched: Watched) -> None:
    for person in (watched.worker, watched.carer, a_watched_child().guardian):
        client.force_login(person)
        assert client.get(where(watched)).status_code == 404
        assert client.post(where(watched), a_note("Hello")).status_code == 404
    assert not Note.objects.exists()
