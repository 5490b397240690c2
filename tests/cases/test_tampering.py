"""Whatever is done to a row that is sealed is refused to the application, and found where the owner of the database did it."""

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from io import StringIO

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg2 import errors

from alerts.models import Message
from cases import log
from cases.audit import seals, tables
from cases.audit.chains import Finding
from cases.audit.verification import Verification
from cases.models import AccessRecord, Event
from tests.cases.sealed_town import SEALED, Town, found
from tests.database import Clone
from tests.factories import AT


def fill(own: Clone) -> Town:
    made = Town(own)
    assert found() == []
    return made


@pytest.fixture
def town(filled: tuple[str, Town], lend: Callable[[str], AbstractContextManager[Clone]]) -> Iterator[Town]:
    name, made = filled
    with lend(name) as own:
        town = copy.deepcopy(made)
        town.clone = own
        yield town


TEXT = {
    "cases_event": "actor_label",
    "cases_accessrecord": "permission",
    "cases_configurationchange": "kind",
    "alerts_messageproof": "response",
    "cases_detailschange": "topic",
}


def at(table: str, key: int, findings: list[Finding]) -> list[str]:
    return [one.wrong for one in findings if (one.table, one.row) == (table, key)]


def test_the_application_is_refused_and_nothing_is_changed(town):
    raw = psycopg2.connect(town.clone.dsn)
    for table in SEALED:
        second, third = town.keys(table)[1:3]
        for statement in (
            f"UPDATE {table} SET {TEXT[table]} = 'x' WHERE id = {second}",
            f"DELETE FROM {table} WHERE id = {second}",
            f"UPDATE {table} SET id = -id WHERE id IN ({second}, {third})",
            f"TRUNCATE {table} CASCADE",
            f"ALTER TABLE {table} DISABLE TRIGGER USER",
        ):
            with raw.cursor() as cursor, pytest.raises(errors.InsufficientPrivilege):
                cursor.execute(statement)
            raw.rollback()
    raw.close()
    assert found() == []


def test_an_edited_row_is_named(town):
    for table in SEALED:
        second = town.keys(table)[1]
        town.as_owner(f"UPDATE {table} SET {TEXT[table]} = 'x' WHERE id = {second}")
        findings = [one for one in found() if one.table == table]
        assert "edited" in at(table, second, findings)
        assert {one.row for one in findings} == {second}


def test_a_missing_row_is_named(town):
    for table in SEALED:
        second = town.keys(table)[1]
        town.as_owner(f"DELETE FROM {table} WHERE id = {second}")
        assert "missing" in at(table, second, found())


def test_two_rows_that_changed_places_are_named(town):
    for table in SEALED:
        second, third = town.keys(table)[1:3]
        town.as_owner(
            f"UPDATE {table} SET id = -1 WHERE id = {second}",
            f"UPDATE {table} SET id = {second} WHERE id = {third}",
            f"UPDATE {table} SET id = {third} WHERE id = -1",
        )
        findings = found()
        assert f"reordered: holds what row {third} held" in at(table, second, findings)
        assert f"reordered: holds what row {second} held" in at(table, third, findings)


def test_a_row_put_in_between_is_named(town):
    made_up = {"digest": "md5('x')", "previous_digest": "md5('x')", "number": "900"}
    for table in SEALED:
        key = town.keys(table)[0]
        columns = [name for name in tables.present(tables.Table(table, "")) if name != "id"]
        values = ", ".join(made_up.get(name, name) for name in columns)
        town.as_owner(
            f"INSERT INTO {table} (id, {', '.join(columns)}) OVERRIDING SYSTEM VALUE"
            f" SELECT -5, {values} FROM {table} WHERE id = {key}"
        )
        wrong = at(table, -5, found())
        assert any(one.startswith(("inserted", "reordered")) for one in wrong), table


def test_an_emptied_table_is_named(town):
    for table in SEALED:
        keys = town.keys(table)
        # Row by row: messages point at the record of configuration, and a cascade would empty their proofs as well.
        town.as_owner(f"DELETE FROM {table}")
        (wrong,) = at(table, keys[0], found())
        assert wrong.startswith("missing: all "), table


def test_rows_cut_off_at_the_end_are_named(town):
    for table in SEALED:
        last = town.keys(table)[-1]
        town.as_owner(f"DELETE FROM {table} WHERE id = {last}")
        assert any(wrong.startswith("missing") for wrong in at(table, last, found()))


def test_a_finding_says_whose_record_it_is(town):
    event = Event.objects.filter(child=town.w.child).latest("number")
    read_of_other = AccessRecord.objects.filter(child=town.other.child).first()
    town.as_owner(
        f"DELETE FROM cases_event WHERE id = {event.pk}",
        f"DELETE FROM cases_accessrecord WHERE id = {read_of_other.pk}",
    )
    about = {(one.table, one.row): one.about for one in found()}
    assert about["cases_event", event.pk] == town.w.child.reference
    assert about["cases_accessrecord", read_of_other.pk] == town.other.child.reference


def test_a_chain_written_anew_from_a_row_on_is_named_by_its_seal(town):
    """Whoever knows how digests are made makes them anew; the chain then fits, and its seal does not."""
    changed = []
    previous = None
    for event in Event.objects.filter(child=town.w.child).order_by("number"):
        if previous is not None:
            if previous.number == 1:
                event.kind = "came_back"
            event.previous_digest = previous.digest
            event.digest = log.digest_of(event)
            changed.append(event)
        previous = event
    town.as_owner(
        *(
            f"UPDATE cases_event SET kind = '{one.kind}', previous_digest = '{one.previous_digest}',"
            f" digest = '{one.digest}' WHERE id = {one.pk}"
            for one in changed
        )
    )
    assert log.broken_links([town.w.child.pk]) == []
    findings = found()
    assert {one.row for one in findings if one.wrong == "edited"} == {one.pk for one in changed}


SWAP = (
    "UPDATE cases_seal SET number = CASE number WHEN 2 THEN 1003 ELSE 1002 END WHERE number IN (2, 3)",
    "UPDATE cases_seal SET number = number - 1000 WHERE number > 1000",
)


def test_a_seal_that_was_tampered_with_is_named(town):
    for statements, back, wrong in (
        (
            ["UPDATE cases_seal SET count = count + 1 WHERE number = 2"],
            ["UPDATE cases_seal SET count = count - 1 WHERE number = 2"],
            "seal 2 was edited",
        ),
        (SWAP, SWAP, "seal 2 does not follow seal 1"),
        (["UPDATE cases_seal SET marks = '' WHERE number = 3"], [], "seal 3 was edited"),
        (
            ["DELETE FROM cases_seal WHERE number = 2"],
            [],
            "missing: seal 2 is not there, 3 comes next",
        ),
    ):
        town.as_owner(*statements)
        assert wrong in [one.wrong for one in found() if one.table == "cases_seal"]
        town.as_owner(*back)


def test_seals_that_are_all_gone_leave_rows_without_one(town):
    town.as_owner("TRUNCATE cases_seal")
    findings = list(Verification().findings(now=AT + timedelta(days=2)))
    assert {one.table for one in findings if one.wrong.startswith("unsealed")} >= set(SEALED)


def test_the_words_of_an_old_proof_may_be_emptied_and_not_changed(town):
    words = "ALERT RC-1"
    message = Message.objects.first()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO alerts_messageproof (message_id, at, accepted, address, response, mail_id, subject, text, text_digest)"
            " SELECT %s, %s, true, 'a@b.example', '250', '', '', text, encode(sha256(convert_to(text, 'UTF8')), 'hex')"
            " FROM (VALUES (%s)) AS said(text) RETURNING id",
            [message.pk, AT - timedelta(days=400), words],
        )
        (key,) = cursor.fetchone()
    seals.seal(at=AT)
    assert found() == []
    town.as_owner(f"UPDATE alerts_messageproof SET text = 'Nothing' WHERE id = {key}")
    assert at("alerts_messageproof", key, found()) == ["edited"]
    town.as_owner(f"UPDATE alerts_messageproof SET text = '' WHERE id = {key}")
    assert found() == []


# --- The command


def verify(*words: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_audit", *words, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def test_the_command_says_that_the_record_verifies_or_which_row_does_not(town):
    code, said = verify()
    assert code == 0
    assert "The record verifies." in said
    second = AccessRecord.objects.filter(child=town.other.child).order_by("pk")[1]
    town.as_owner(f"DELETE FROM cases_accessrecord WHERE id = {second.pk}")
    code, said = verify()
    assert code == 1
    assert f"cases_accessrecord row {second.pk} ({town.other.child.reference}): missing" in said
    assert "The record does not verify." in said
    code, said = verify("--json")
    answer = json.loads(said)
    assert (code, answer["verifies"], answer["wrong"]) == (1, False, 1)
    assert answer["findings"] == [
        {
            "table": "cases_accessrecord",
            "row": second.pk,
            "about": town.other.child.reference,
            "wrong": "missing",
        }
    ]
