"""Seals: batches of one chain that cover no row too early, and whatever is done to a sealed row is named."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Barrier
from threading import Event as Flag

import psycopg2
import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from psycopg2 import errors

from alerts.models import Message, MessageProof
from cases import details, log
from cases.audit import seals, tables
from cases.audit.chains import Finding
from cases.audit.verification import Verification
from cases.models import AccessRecord, Child, Event, Seal
from tests.database import Clone
from tests.factories import AT, Watched, a_child, a_watched_child, seen

LATER = AT + timedelta(minutes=30)
SEALED = (
    "cases_event",
    "cases_accessrecord",
    "cases_configurationchange",
    "alerts_messageproof",
    "cases_detailschange",
)


def read(w: Watched, minutes: int = 0) -> AccessRecord:
    log.record_access(
        user=w.worker,
        child_id=w.child.pk,
        permission="see_record",
        allowed=True,
        place=log.Place(path=f"/children/{minutes}/", page="child", address="192.0.2.7"),
        at=AT + timedelta(minutes=minutes),
    )
    return AccessRecord.objects.latest("pk")


def found(run: Verification | None = None) -> list[Finding]:
    return list((run or Verification()).findings(now=LATER))


def sealed_rows(table: str) -> list[int]:
    return [
        key
        for one in Seal.objects.filter(table=table).order_by("number")
        for key, _, _ in seals.MARK.iter_unpack(bytes(one.marks))
    ]


@pytest.mark.django_db
def test_a_seal_covers_what_is_new_and_follows_the_one_before():
    w = a_watched_child()
    first = [read(w, n).pk for n in range(3)]
    assert seals.seal(at=AT) >= 2
    assert seals.seal(at=AT) == 0, "nothing is new"
    second = [read(w, n).pk for n in range(3, 5)]
    assert seals.seal(at=LATER) == 1
    one, two = Seal.objects.filter(table="cases_accessrecord").order_by("number")
    assert (one.after, one.last, one.count, one.total) == (None, first[-1], 3, 3)
    assert (two.after, two.last, two.count, two.total) == (first[-1], second[-1], 2, 5)
    chain = list(Seal.objects.order_by("number"))
    assert [seal.number for seal in chain] == list(range(1, len(chain) + 1))
    assert [seal.previous_digest for seal in chain] == [log.GENESIS, *(seal.digest for seal in chain[:-1])]
    assert found() == []


@pytest.mark.django_db
def test_the_seal_of_events_holds_the_last_number_of_each_child():
    one, other = a_child(), a_child()
    seen(one, by=one.registered_by, at=AT)
    seals.seal(at=AT)
    heads = Seal.objects.get(table="cases_event").heads
    assert {key: number for key, (number, _) in heads.items()} == {str(one.pk): 2, str(other.pk): 1}
    assert heads[str(one.pk)][1] == Event.objects.get(child=one, number=2).digest


@pytest.mark.django_db
def test_a_backlog_is_sealed_in_batches_and_read_in_batches(monkeypatch):
    monkeypatch.setattr(tables, "BATCH", 4)
    monkeypatch.setattr(seals, "BATCH", 4)
    w = a_watched_child()
    keys = [read(w, n).pk for n in range(11)]
    seals.seal(at=AT)
    assert [one.count for one in Seal.objects.filter(table="cases_accessrecord")] == [4, 4, 3]
    assert sealed_rows("cases_accessrecord") == keys
    run = Verification()
    assert found(run) == []
    assert run.rows >= 11


@pytest.mark.django_db
def test_no_seal_forks_the_chain():
    a_child()
    seals.seal(at=AT)
    one = Seal.objects.order_by("number").first()
    one.pk, one.number = None, 99
    with pytest.raises(IntegrityError), transaction.atomic():
        one.save(force_insert=True)


@pytest.mark.django_db
def test_a_column_that_comes_later_breaks_no_seal(monkeypatch):
    w = a_watched_child()
    read(w)
    present = tables.columns
    monkeypatch.setattr(tables, "columns", lambda table: [name for name in present(table) if name != "page"])
    seals.seal(at=AT)
    monkeypatch.undo()
    read(w, 1)
    seals.seal(at=AT)
    old, new = Seal.objects.filter(table="cases_accessrecord").order_by("number")
    assert set(new.columns) - set(old.columns) == {"page"}
    assert found() == []


@pytest.mark.django_db
def test_what_stands_for_an_hour_without_a_seal_is_named():
    w = a_watched_child()
    seals.seal(at=AT)
    early = read(w, -60)
    read(w)
    run = Verification()
    assert [(one.table, one.row) for one in found(run)] == [("cases_accessrecord", early.pk)]
    assert run.unsealed == 2


# --- Commits out of order, on connections of their own


@pytest.fixture
def two_sessions(committed: Clone) -> Iterator[list[psycopg2.extensions.connection]]:
    sessions = [psycopg2.connect(committed.dsn) for _ in range(2)]
    yield sessions
    for session in sessions:
        session.close()


READ = (
    "INSERT INTO cases_accessrecord (user_id, actor_label, child_id, permission, allowed, at, path, page)"
    " VALUES (NULL, 'x', %s, 'see_record', true, %s, '', '') RETURNING id"
)


def insert(session: psycopg2.extensions.connection, child: Child) -> int:
    with session.cursor() as cursor:
        cursor.execute(READ, [child.pk, AT])
        return int(cursor.fetchone()[0])


def test_a_row_that_is_not_yet_committed_is_never_below_a_seal(two_sessions):
    slow, quick = two_sessions
    child = a_child()
    seals.seal(at=AT)
    early = insert(slow, child)
    late = insert(quick, child)
    quick.commit()
    assert early < late
    assert seals.seal(at=AT, patience=0) == 0, "the earlier row may still come"
    slow.commit()
    assert seals.seal(at=AT, patience=0) == 1
    assert sealed_rows("cases_accessrecord") == [early, late]
    assert found() == []


def test_an_id_given_out_before_its_transaction_has_a_number_holds_the_seal_back(two_sessions):
    """What INSERT does, stopped in its middle: the table is locked, the id taken, and nothing yet written.

    The oldest running transaction says nothing of it, for it has no number yet.
    """
    slow, quick = two_sessions
    child = a_child()
    seals.seal(at=AT)
    with slow.cursor() as cursor:
        cursor.execute("LOCK TABLE cases_accessrecord IN ROW EXCLUSIVE MODE")
        # A sequence writes ahead for 32 numbers, and a transaction that has to write that gets its own number.
        for session in (quick, slow):
            with session.cursor() as own:
                own.execute("SELECT nextval(pg_get_serial_sequence('cases_accessrecord', 'id'))")
                taken = own.fetchone()[0]
            if session is quick:
                session.commit()
        cursor.execute("SELECT pg_current_xact_id_if_assigned()")
        assert cursor.fetchone()[0] is None
    late = insert(quick, child)
    quick.commit()
    assert taken < late
    assert seals.seal(at=AT, patience=0) == 0
    with slow.cursor() as cursor:
        cursor.execute(
            READ.replace("(user_id", "(id, user_id").replace("VALUES (", f"VALUES ({taken}, "), [child.pk, AT]
        )
    slow.commit()
    seals.seal(at=AT, patience=0)
    assert sealed_rows("cases_accessrecord") == [taken, late]
    assert found() == []


def test_a_sealer_waits_for_the_writers_it_saw_and_nobody_waits_for_it(two_sessions):
    slow, quick = two_sessions
    child = a_child()
    seals.seal(at=AT)
    early = insert(slow, child)
    insert(quick, child)
    quick.commit()

    def sealing() -> int:
        try:
            return seals.seal(at=AT, patience=20)
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sealing)
        # Others go on writing and reading meanwhile, and none of them is waited for.
        with quick.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
        for _ in range(5):
            insert(quick, child)
            quick.commit()
            assert AccessRecord.objects.count() >= 1
        assert not waiting.done()
        slow.commit()
        assert waiting.result(timeout=20) == 1
    assert early in sealed_rows("cases_accessrecord")
    seals.seal(at=AT)
    assert found() == []


def test_sealers_at_once_make_one_chain(committed):
    w = a_watched_child()
    gate = Barrier(4, timeout=20)

    def sealing() -> int:
        try:
            gate.wait()
            return seals.seal(at=AT)
        finally:
            connections["default"].close()

    for minute in range(4):
        read(w, minute)
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: sealing(), range(4)))
        assert sum(made) >= 1
    numbers = list(Seal.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(sealed_rows("cases_accessrecord")) == len(set(sealed_rows("cases_accessrecord"))) == 4
    assert found() == []


def test_while_writers_are_at_work_every_row_is_sealed_once_and_the_record_verifies(committed):
    watched = [a_watched_child() for _ in range(3)]
    over = Flag()

    def writing(w: Watched) -> None:
        try:
            for minute in range(25):
                with transaction.atomic():
                    read(w, minute)
                    seen(w.child, by=w.carer, at=AT + timedelta(seconds=minute))
                    read(w, minute)
        finally:
            connections["default"].close()

    def sealing() -> list[Finding]:
        wrong: list[Finding] = []
        try:
            while not over.is_set():
                seals.seal(at=AT)
                wrong += found()
        finally:
            connections["default"].close()
        return wrong

    with ThreadPoolExecutor(4) as pool:
        sealer = pool.submit(sealing)
        try:
            list(pool.map(writing, watched))
        finally:
            over.set()
        assert sealer.result(timeout=60) == []
    seals.seal(at=AT)
    assert found() == []
    assert sealed_rows("cases_accessrecord") == sorted(AccessRecord.objects.values_list("pk", flat=True))
    assert sealed_rows("cases_event") == sorted(Event.objects.values_list("pk", flat=True))


# --- Attacks, by the application's role and by the owner of the schema


class Town:
    """A sealed record with rows in every table, and the owner's hands on it."""

    def __init__(self, own: Clone) -> None:
        self.clone = own
        self.w, self.other = a_watched_child(), a_watched_child()
        for minute in range(4):
            read(self.w, minute)
            read(self.other, minute)
            log.record_configuration(self.w.worker, "role_given", data={"n": minute}, by=None, at=AT)
            seen(self.w.child, by=self.w.carer, at=AT + timedelta(minutes=minute))
            details.change(
                self.w.child,
                {"known_as": f"Yus {minute}"},
                topic="names",
                version=minute,
                by=self.w.worker,
                at=AT,
            )
            self._proof(minute)
        seals.seal(at=AT)
        # A second seal of each, so that one that is missing has a next.
        read(self.w, 5)
        seen(self.w.child, by=self.w.carer, at=AT + timedelta(minutes=5))
        log.record_configuration(self.w.worker, "role_given", data={"n": 5}, by=None, at=AT)
        seals.seal(at=AT)

    def _proof(self, number: int) -> None:
        message = Message.objects.first() or self._message()
        MessageProof.objects.create(
            message=message, at=AT, accepted=True, address=f"{number}@force.example", response="250", text=""
        )

    def _message(self) -> Message:
        at = {"owed_at": AT, "created_at": AT, "next_try_at": AT}
        return Message.objects.create(
            kind="alert",
            wording="x",
            step="R1",
            channel="mail",
            post="worker",
            recipient="x",
            user=self.w.worker,
            **at,
        )

    def keys(self, table: str) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM {table} ORDER BY id")
            return [key for (key,) in cursor.fetchall()]

    def as_owner(self, *statements: str) -> None:
        owner = psycopg2.connect(self.clone.owner_dsn)
        owner.autocommit = True
        with owner.cursor() as cursor:
            for switch in ("DISABLE", "ENABLE"):
                for statement in statements if switch == "ENABLE" else ():
                    cursor.execute(statement)
                for table in (*SEALED, "cases_seal"):
                    cursor.execute(f"ALTER TABLE {table} {switch} TRIGGER USER")
        owner.close()


@pytest.fixture
def town(committed: Clone) -> Town:
    made = Town(committed)
    assert found() == []
    return made


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
        town.as_owner(f"TRUNCATE {table} CASCADE")
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


def test_the_words_of_a_proof_may_be_emptied_and_not_changed(town):
    words = "ALERT RC-1"
    message = Message.objects.first()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO alerts_messageproof (message_id, at, accepted, address, response, mail_id, subject, text, text_digest)"
            " SELECT %s, %s, true, 'a@b.example', '250', '', '', text, encode(sha256(convert_to(text, 'UTF8')), 'hex')"
            " FROM (VALUES (%s)) AS said(text) RETURNING id",
            [message.pk, AT, words],
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
