"""Two people, the data protection officer one of them, destroy a wrong passage: a marker stays and the record verifies."""

from datetime import timedelta

import psycopg2
import pytest
from django.db import IntegrityError, connection, transaction
from psycopg2 import errors

from cases import concerns, corrections, episodes, legal_holds, notes
from cases.audit import seals
from cases.audit.verification import Verification
from cases.models import Contact, Correction, EpisodeCall, EpisodeUpdate, Event, Note, Role, RowChange, User
from cases.models.corrections import DESTROYED
from cases.states import IllegalMove
from tests.database import Clone
from tests.factories import AT, Watched, a_person, a_watched_child, missing, seen

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


@pytest.fixture
def story(committed: Clone) -> Story:
    return Story(committed)


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


def found() -> list:
    return list(Verification().findings(now=LATER))


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


def test_a_marker_that_no_event_tells_of_hides_nothing(story):
    seals.seal(at=LATER)
    before, after = corrections._digests("cases_episodeupdate", story.update.pk, "text")
    fields = (
        'child_id, what, "table", "row", "column", passage_digest, row_before, row_after, reason, corrected_at,'
        " corrected_by_id, seconded_by_id"
    )
    story.as_owner(
        f"INSERT INTO cases_correction ({fields}) SELECT {story.w.child.pk}, 'update', 'cases_episodeupdate',"
        f" id, 'text', encode(sha256(convert_to(text, 'UTF8')), 'hex'), '{before}', '{after}', 'x', now(),"
        f" {story.w.manager.pk}, {story.officer.pk} FROM cases_episodeupdate WHERE id = {story.update.pk};"
        f" SELECT destroy_passage(max(id)) FROM cases_correction"
    )
    assert ("cases_episodeupdate", "edited") in {(one.table, one.wrong) for one in found()}


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
        "UPDATE cases_rowchange SET values = ''",
    ):
        with owner.cursor() as cursor, pytest.raises(errors.IntegrityConstraintViolation):
            cursor.execute(statement)
        owner.rollback()
    owner.close()


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
