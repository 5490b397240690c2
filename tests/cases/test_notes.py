"""A note is kept as it was written; a correction strikes it through and leaves it readable."""

import html
import uuid
from datetime import timedelta

import psycopg2
import pytest
from django.test import Client
from psycopg2 import errors

from alerts import timeline
from alerts.timeline import Entry
from cases import access, clock, notes
from cases.models import Event, Note, Role
from tests.cases.expectations import events, refused
from tests.factories import AT, Watched, a_child, a_person, a_watched_child

HOUR = timedelta(hours=1)
LATER = AT + HOUR


@pytest.fixture
def watched(db: None) -> Watched:
    return a_watched_child()


def story(w: Watched, person: object) -> list[Entry]:
    permissions = access.permissions_for(person, w.child, at=LATER)
    return [row for row in timeline.of(w.child, permissions=permissions).rows if isinstance(row, Entry)]


@pytest.mark.by_turns
def test_a_note_is_one_dated_event_whose_text_stands_only_in_the_note(watched: Watched) -> None:
    with events(watched.child, "note_written") as written:
        note = notes.write(watched.child, text=" He asked for his sister. ", by=watched.worker, at=LATER)
    assert (note.text, note.kind, note.happened_at) == ("He asked for his sister.", "case", LATER)
    assert "sister" not in str(written[0].data)


def test_an_empty_note_and_one_of_tomorrow_are_refused(watched: Watched) -> None:
    with refused(watched.child, "Enter your note."):
        notes.write(watched.child, text=" \n", by=watched.worker, at=LATER)
    with refused(watched.child, "The time of a note must be now or in the past."):
        notes.write(watched.child, text="Later", happened_at=LATER + HOUR, by=watched.worker, at=LATER)


def test_the_same_form_sent_twice_is_one_note(watched: Watched) -> None:
    key = uuid.uuid4()
    first = notes.write(watched.child, text="Once", key=key, by=watched.worker, at=LATER)
    assert notes.write(watched.child, text="Once", key=key, by=watched.worker, at=LATER) == first
    with refused(watched.child, "This form was sent for another child."):
        notes.write(watched.child, text="Once", key=key, by=watched.manager, at=LATER)
    assert Note.objects.count() == 1


@pytest.mark.by_turns(8)
def test_a_correction_strikes_the_old_text_through_and_names_it(watched: Watched) -> None:
    old = notes.write(watched.child, text="He came by train.", by=watched.worker, at=AT)
    with refused(watched.child, "Enter why the note is corrected."):
        notes.correct(old, text="He came by bus.", reason="", by=watched.worker, at=LATER)
    better = notes.correct(old, text="He came by bus.", reason="I misheard", by=watched.worker, at=LATER)
    old.refresh_from_db()
    assert (better.corrects, better.happened_at) == (old, old.happened_at)
    assert (old.text, old.withdrawn_reason) == ("He came by train.", "I misheard")
    with refused(watched.child, "This note is corrected already."):
        notes.correct(old, text="By car.", reason="Again", by=watched.worker, at=LATER)
    shown = {entry.text: entry.withdrawn_reason for entry in story(watched, watched.worker)}
    assert shown["He came by train."] == "I misheard"
    assert shown["He came by bus."] == ""


@pytest.mark.by_turns
def test_a_note_of_another_child_is_struck_through_with_nothing_in_its_place(watched: Watched) -> None:
    note = notes.write(watched.child, text="Of his brother", by=watched.worker, at=AT)
    with events(watched.child, "note_withdrawn"):
        notes.withdraw(note, reason="Of another child", by=watched.worker, at=LATER)
    assert not Note.objects.standing().exists()


def test_a_note_sent_twice_as_a_correction_is_one(watched: Watched) -> None:
    note, key = notes.write(watched.child, text="A", by=watched.worker, at=AT), uuid.uuid4()
    same = [notes.correct(note, text="B", reason="C", key=key, by=watched.worker, at=LATER) for _ in range(2)]
    assert same[0] == same[1]
    assert Event.objects.filter(child=watched.child, kind="note_withdrawn").count() == 1


@pytest.mark.by_turns
def test_the_database_keeps_every_note_as_it_was_written(committed) -> None:
    child = a_child()
    notes.write(child, text="As it was", by=child.registered_by, at=LATER)
    for statement in ("UPDATE cases_note SET text = 'x'", "DELETE FROM cases_note", "TRUNCATE cases_note"):
        raw = psycopg2.connect(committed.dsn)
        with raw.cursor() as cursor, pytest.raises(errors.InsufficientPrivilege):
            cursor.execute(statement)
        raw.close()


# --- The pages


def address(w: Watched, what: str = "new/") -> str:
    return f"/children/{w.child.reference}/notes/{what}"


@pytest.mark.by_turns
def test_the_page_saves_a_note_and_the_timeline_tells_it(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    page = html.unescape(client.get(address(watched)).content.decode())
    assert "autofocus" in page
    answers = {"text": "He laughed\nat last.", "happened_at_when": "now", "once": str(uuid.uuid4())}
    assert client.post(address(watched), answers).status_code == 302
    page = html.unescape(client.get(f"/children/{watched.child.reference}/").content.decode())
    assert "He laughed<br>at last." in page


@pytest.mark.by_turns
def test_an_empty_box_is_said_at_the_box_and_the_time_is_kept(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    response = client.post(
        address(watched), {"text": "", "happened_at_when": "quarter", "once": str(uuid.uuid4())}
    )
    page = html.unescape(response.content.decode())
    assert response.status_code == 422
    assert page.count("Enter your note") == 2


@pytest.mark.by_turns
def test_the_correction_page_keeps_the_old_words(client: Client, watched: Watched) -> None:
    note = notes.write(watched.child, text="By train", by=watched.worker, at=clock.now() - HOUR)
    client.force_login(watched.manager)
    where = address(watched, f"{note.key}/correct/")
    assert "By train" in client.get(where).content.decode()
    empty = client.post(where, {"text": "By bus", "reason": "", "once": str(uuid.uuid4())})
    assert empty.status_code == 422
    answers = {"text": "By bus", "reason": "Misheard", "once": str(uuid.uuid4())}
    assert client.post(where, answers).status_code == 302
    assert set(Note.objects.values_list("text", "withdrawn_reason")) == {
        ("By train", "Misheard"),
        ("By bus", ""),
    }


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["carer", "guardian", "officer"])
def test_whoever_has_no_record_to_write_in_gets_the_404_of_no_such_child(
    client: Client, watched: Watched, who: str
) -> None:
    note = notes.write(watched.child, text="By train", by=watched.worker, at=AT)
    client.force_login(getattr(watched, who))
    for what in ("new/", f"{note.key}/correct/"):
        assert client.get(address(watched, what)).status_code == 404
        assert client.post(address(watched, what), {"text": "x"}).status_code == 404


@pytest.mark.by_turns(8)
def test_a_guardians_note_is_not_corrected_by_the_council(client: Client, watched: Watched) -> None:
    note = notes.write(watched.child, text="Mine", kind=Note.Kind.GUARDIAN, by=watched.guardian, at=AT)
    client.force_login(watched.worker)
    assert client.get(address(watched, f"{note.key}/correct/")).status_code == 404
    entry = next(entry for entry in story(watched, watched.worker) if entry.text == "Mine")
    assert (entry.title, entry.href) == ("Guardian’s note", "")


@pytest.mark.by_turns
def test_a_workers_note_of_another_team_is_nobodys_to_write(client: Client, watched: Watched) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, authority=watched.authority))
    assert client.get(address(watched)).status_code == 404
