"""Two people, the data protection officer one of them, destroy a wrong passage: a marker stays and the record verifies."""

import copy
import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import psycopg2
import pytest
from django.db import IntegrityError, connection, transaction
from psycopg2 import errors

from alerts.models import Message, MessageProof
from alerts.record_questions import untold_changes
from cases import clock, concerns, corrections, episodes, legal_holds, log, notes, people
from cases.audit import seals
from cases.audit.verification import Verification
from cases.models import (
    Child,
    Contact,
    Correction,
    EpisodeCall,
    EpisodeDecision,
    EpisodeFinding,
    EpisodeUpdate,
    Event,
    Membership,
    Note,
    Role,
    RowChange,
    User,
)
from cases.models.corrections import DESTROYED
from cases.states import IllegalMove
from tests.alerts.outgoing import named_by
from tests.database import Clone
from tests.factories import AT, Watched, a_person, a_watched_child, decided, missing, seen

LATER = AT + timedelta(hours=2)
WRONG = "Her uncle's flat, 12 Quay Street"


class Story:
    """A child of whom the same wrong words stand in every place where words stand."""

    def __init__(self, own: Clone) -> None:
        self.clone = own
        self.w: Watched = a_watched_child()
        self.officer: User = a_person(Role.DPO, authority=self.w.authority)
        given = {"by": self.w.worker, "at": AT + timedelta(hours=1)}
        self.note = notes.write(self.w.child, text=WRONG, **given)
        self.contact = seen(self.w.child, by=self.w.carer, at=AT + timedelta(minutes=50), note=WRONG)
        self.episode = missing(self.w.child, at=AT + timedelta(minutes=55))
        self.update = episodes.add_update(self.episode, text=WRONG, side="council", **given)
        self.call = episodes.log_call(
            self.episode, direction="out", party="101", answered_by="PC", said=WRONG, rung_at=AT, **given
        )
        heard = {"source": "police", "told_by": "PC", "heard_at": AT, "is_intelligence": True}
        self.finding = episodes.find_out(self.episode, text=WRONG, **heard, **given)
        self.decision = decided(self.episode, "ukmpu", "told", reason=WRONG, **given)

    def destroy_all(self, *, reason: str = "It is another family's address") -> list[Correction]:
        return [
            corrections.destroy(
                one, self.w.child, reason=reason, seconded_by=self.officer, by=self.w.manager, at=LATER
            )
            for one in corrections.passages(self.w.child, words="quay")
        ]

    def as_owner(self, *statements: str) -> None:
        raw = psycopg2.connect(self.clone.owner_dsn)
        raw.autocommit = True
        with raw.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        raw.close()


def fill(own: Clone) -> Story:
    return Story(own)


@pytest.fixture
def story(filled: tuple[str, Story], lend: Callable[[str], AbstractContextManager[Clone]]) -> Iterator[Story]:
    name, made = filled
    with lend(name) as own:
        story = copy.deepcopy(made)
        story.clone = own
        yield story


def everything() -> str:
    """All words of every table, as the database holds them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
        names = [name for (name,) in cursor.fetchall()]
        found = []
        for name in names:
            cursor.execute(f'SELECT string_agg(one::text, chr(10)) FROM "{name}" AS one')
            found.append(cursor.fetchone()[0] or "")
    return "\n".join(found)


def marked(story: Story, what: str, row, **more) -> Correction:
    """The marker of a correction alone, as the application's own role can write it."""
    kind = corrections.KINDS[what]
    words = getattr(row, kind.column)
    fields = {
        "child": story.w.child,
        "table": kind.model._meta.db_table,
        "row": row.pk,
        "column": kind.column,
        "passage_digest": hashlib.sha256(words.encode()).hexdigest(),
        "reason": "x",
        "corrected_at": LATER,
        "corrected_by": story.w.manager,
        "seconded_by": story.officer,
    }
    return Correction.objects.create(what=what, **fields | more)


def destroy(made: Correction) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT destroy_passage(%s)", [made.pk])


def found() -> list:
    return list(Verification().findings(now=LATER))


@pytest.mark.by_turns
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_words_are_gone_from_every_table_a_marker_stays_and_the_record_verifies(story, when):
    if when == "after":
        seals.seal(at=LATER)
    assert "Quay Street" in everything()
    made = story.destroy_all()
    assert {one.what for one in made} == set(Correction.What.values)
    assert "Quay Street" not in everything()
    assert Note.objects.get(pk=story.note.pk).text == DESTROYED
    assert Contact.objects.get(pk=story.contact.pk).note == DESTROYED
    assert EpisodeUpdate.objects.get(pk=story.update.pk).text == DESTROYED
    assert EpisodeCall.objects.get(pk=story.call.pk).said == DESTROYED
    assert EpisodeFinding.objects.get(pk=story.finding.pk).text == DESTROYED
    assert EpisodeDecision.objects.get(pk=story.decision.pk).reason == DESTROYED
    assert set(RowChange.objects.filter(table="cases_note").values_list("values", flat=True)) == {""}
    for one in made:
        assert (one.corrected_by, one.seconded_by, one.corrected_at) == (
            story.w.manager,
            story.officer,
            LATER,
        )
        event = Event.objects.get(kind="passage_destroyed", subject_id=one.pk)
        assert event.actor == story.w.manager
    assert when == "before" or found() == []
    seals.seal(at=LATER)
    assert found() == []
    assert corrections.passages(story.w.child, words="quay") == []
    assert list(untold_changes(LATER)) == []


@pytest.mark.by_turns(8)
def test_whoever_owns_the_database_hides_nothing_behind_a_correction(story):
    seals.seal(at=LATER)
    story.destroy_all()
    seals.seal(at=LATER)
    for statement in (
        "UPDATE {t} SET text = 'Something else' WHERE id = {k}",
        "UPDATE {t} SET text = '[destroyed]', written_by_id = {by} WHERE id = {k}",
    ):
        told = {"t": "cases_episodeupdate", "k": story.update.pk, "by": story.w.carer.pk}
        story.as_owner(
            "ALTER TABLE cases_episodeupdate DISABLE TRIGGER USER",
            statement.format(**told),
            "ALTER TABLE cases_episodeupdate ENABLE TRIGGER USER",
        )
        assert ("cases_episodeupdate", story.update.pk, "edited") in {
            (one.table, one.row, one.wrong) for one in found()
        }


@pytest.mark.by_turns
def test_a_marker_that_no_event_tells_of_destroys_and_hides_nothing(story):
    seals.seal(at=LATER)
    before, after = corrections._digests("cases_episodeupdate", story.update.pk, "text")
    made = marked(story, "update", story.update, row_before=before, row_after=after)
    with pytest.raises(IntegrityError, match="no event of the child"), transaction.atomic():
        destroy(made)
    story.as_owner("UPDATE cases_episodeupdate SET text = '[destroyed]'")
    seals.seal(at=LATER)
    named = {(one.table, one.row): one.wrong for one in found()}
    assert named[("cases_episodeupdate", story.update.pk)] == "edited"
    assert named[("cases_correction", made.pk)].startswith("no event tells that cases_episodeupdate")
    assert ("cases_episodeupdate", story.update.pk, "destroyed") in {
        (one.table, one.row, one.wrong.partition(",")[0]) for one in found()
    }
    assert named_by("passages destroyed without a correction and its event", LATER) == (
        f"cases_correction {made.pk}",
        f"cases_episodeupdate {story.update.pk}",
    )


@pytest.mark.by_turns(8)
def test_the_application_alone_destroys_no_note_without_an_officer_of_now_an_event_and_the_child_s_own_row(
    story,
):
    other = a_watched_child()
    unofficial = marked(story, "note", story.note, seconded_by=story.w.worker)
    log.record(story.w.child, "passage_destroyed", subject=unofficial, by=story.w.manager, at=LATER)
    with pytest.raises(IntegrityError, match="no data protection officer"), transaction.atomic():
        destroy(unofficial)
    theirs = a_person(Role.DPO, authority=other.authority)
    strange = marked(story, "contact", story.contact, child=other.child, seconded_by=theirs)
    log.record(other.child, "passage_destroyed", subject=strange, by=story.w.manager, at=LATER)
    with pytest.raises(IntegrityError, match="no event of the child"), transaction.atomic():
        destroy(strange)
    made = marked(story, "call", story.call)
    log.record(story.w.child, "passage_destroyed", subject=made, by=story.w.manager, at=LATER)
    held = legal_holds.hold(story.w.child, reason="A court asks", by=story.w.head, at=AT)
    with pytest.raises(IntegrityError, match="a legal hold stands"), transaction.atomic():
        destroy(made)
    legal_holds.lift(held, reason="Over", seconded_by=story.officer, by=story.w.head, at=LATER)
    people.leave(Membership.objects.get(user=story.officer), at=LATER)
    with pytest.raises(IntegrityError, match="no data protection officer"), transaction.atomic():
        destroy(made)
    assert WRONG in (story.note.text, Contact.objects.get(pk=story.contact.pk).note)
    assert EpisodeCall.objects.get(pk=story.call.pk).said == WRONG


@pytest.mark.by_turns
def test_an_emptied_history_and_a_young_proof_without_words_are_named(story):
    Child.objects.filter(pk=story.w.child.pk).update(given_name="Another")
    notes.withdraw(story.note, reason="Wrong", by=story.w.worker, at=LATER)
    words = {"text": "x", "text_digest": hashlib.sha256(b"x").hexdigest()}
    message = Message.objects.create(
        kind="alert",
        wording="x",
        step="R1",
        channel="mail",
        post="duty",
        recipient="x",
        user=story.officer,
        urgency=1,
        owed_at=AT,
        created_at=AT,
        next_try_at=AT,
    )
    given = {"message": message, "accepted": True, "address": "a@b.example"}
    now = clock.now()
    old = MessageProof.objects.create(at=now - timedelta(days=400), **given, **words)
    young = MessageProof.objects.create(at=now - timedelta(days=300), **given, **words)
    refused = MessageProof.objects.create(at=now, message=message, accepted=False, address="a@b.example")
    story.destroy_all()
    seals.seal(at=LATER)
    assert found() == []
    story.as_owner(
        "ALTER TABLE cases_rowchange DISABLE TRIGGER USER",
        "UPDATE cases_rowchange SET values = ''",
        "ALTER TABLE cases_rowchange ENABLE TRIGGER USER",
        "ALTER TABLE alerts_messageproof DISABLE TRIGGER USER",
        "UPDATE alerts_messageproof SET text = ''",
        "ALTER TABLE alerts_messageproof ENABLE TRIGGER USER",
    )
    named = {(one.table, one.row) for one in found()}
    assert ("alerts_messageproof", young.pk) in named
    assert not {("alerts_messageproof", one.pk) for one in (old, refused)} & named
    for row in RowChange.objects.all():
        lawful = row.table in ("cases_note", "cases_contact") and not {"text", "note"}.isdisjoint(row.fields)
        assert (("cases_rowchange", row.pk) in named) != lawful, (row.table, row.fields)


def test_the_application_and_the_owner_destroy_nothing_without_a_correction(story):
    raw = psycopg2.connect(story.clone.dsn)
    for statement, error in (
        (f"UPDATE cases_episodeupdate SET text = '{DESTROYED}'", errors.InsufficientPrivilege),
        (f"UPDATE cases_note SET text = '{DESTROYED}'", errors.InsufficientPrivilege),
        ("UPDATE cases_rowchange SET values = ''", errors.InsufficientPrivilege),
        ("SELECT destroy_passage(7)", errors.NoDataFound),
    ):
        with raw.cursor() as cursor, pytest.raises(error):
            cursor.execute(statement)
        raw.rollback()
    raw.close()
    owner = psycopg2.connect(story.clone.owner_dsn)
    notes.withdraw(story.note, reason="Wrong", by=story.w.worker, at=LATER)
    for statement in (
        f"UPDATE cases_episodeupdate SET text = '{DESTROYED}'",
        "DELETE FROM cases_episodecall",
        f"UPDATE cases_episodefinding SET text = '{DESTROYED}'",
        "UPDATE cases_episodedecision SET reason = 'Another'",
        "DELETE FROM cases_episodefinding",
        "UPDATE cases_rowchange SET values = ''",
    ):
        with owner.cursor() as cursor, pytest.raises(errors.IntegrityConstraintViolation):
            cursor.execute(statement)
        owner.rollback()
    owner.close()


@pytest.mark.by_turns(8)
def test_it_takes_the_officer_of_the_responsible_authority_as_second_person_and_a_reason(story):
    one = corrections.passages(story.w.child)[0]
    elsewhere = a_person(Role.DPO)
    for second, by, reason in (
        (story.w.head, story.w.manager, "Wrong"),
        (elsewhere, story.w.manager, "Wrong"),
        (story.officer, story.officer, "Wrong"),
        (story.officer, story.w.manager, " "),
    ):
        with pytest.raises(IllegalMove):
            corrections.destroy(one, story.w.child, reason=reason, seconded_by=second, by=by, at=LATER)
    assert not Correction.objects.exists()
    other = a_watched_child()
    assert corrections.passage(other.child, one.what, one.key) is None
    made = story.destroy_all()
    with pytest.raises(IllegalMove):
        corrections.destroy(
            one, story.w.child, reason="Again", seconded_by=story.officer, by=story.w.manager, at=LATER
        )
    assert Correction.objects.count() == len(made)


@pytest.mark.by_turns(8)
def test_nothing_else_than_a_passage_can_be_named_for_destruction(story):
    fields = {"child": story.w.child, "what": "note", "row": 1, "reason": "x", "corrected_at": LATER}
    people = {"corrected_by": story.w.manager, "seconded_by": story.officer}
    for named in (
        {"table": "cases_child", "column": "given_name"},
        {"table": "cases_note", "column": "kind"},
        {"table": "cases_event", "column": "actor_label"},
    ):
        with pytest.raises(IntegrityError, match="correction_of_a_passage"), transaction.atomic():
            Correction.objects.create(**fields, **people, **named)


@pytest.mark.by_turns(8)
def test_a_legal_hold_and_a_mark_that_keeps_the_officer_away_stop_it(story):
    one = corrections.passages(story.w.child)[0]
    given = {"reason": "Wrong", "seconded_by": story.officer, "by": story.w.manager, "at": LATER}
    held = legal_holds.hold(story.w.child, reason="A court asks", by=story.w.head, at=AT)
    with pytest.raises(IllegalMove, match="A legal hold stands"):
        corrections.destroy(one, story.w.child, **given)
    legal_holds.lift(held, reason="It is over", seconded_by=story.officer, by=story.w.head, at=LATER)
    concerns.keep_from(story.w.child, story.officer, reason="Zq", phone="1", by=story.w.manager, at=AT)
    with pytest.raises(IllegalMove, match="The second person is the data protection officer"):
        corrections.destroy(one, story.w.child, **given)
    assert not Correction.objects.exists()
