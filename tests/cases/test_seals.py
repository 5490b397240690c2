"""Seals: batches of one chain that cover no row too early, and for which nobody waits."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from threading import Event as Flag

import psycopg2
import pytest
from django.db import IntegrityError, connections, transaction

from cases import log, return_interviews
from cases.audit import seals, tables
from cases.audit.chains import Finding
from cases.audit.verification import Verification
from cases.models import AccessRecord, Child, Event, Seal
from tests.cases.sealed_town import LATER, found, read, sealed_rows
from tests.database import Clone
from tests.factories import AT, Watched, a_child, a_watched_child, ended, missing, seen

HOUR = timedelta(hours=1)


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_the_seal_of_events_holds_the_last_number_of_each_child():
    one, other = a_child(), a_child()
    seen(one, by=one.registered_by, at=AT)
    seals.seal(at=AT)
    heads = Seal.objects.get(table="cases_event").heads
    assert {key: number for key, (number, _) in heads.items()} == {str(one.pk): 2, str(other.pk): 1}
    assert heads[str(one.pk)][1] == Event.objects.get(child=one, number=2).digest


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_no_seal_forks_the_chain():
    a_child()
    seals.seal(at=AT)
    one = Seal.objects.order_by("number").first()
    one.pk, one.number = None, 99
    with pytest.raises(IntegrityError), transaction.atomic():
        one.save(force_insert=True)


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_what_is_withdrawn_by_its_verb_is_no_tampering():
    w = a_watched_child()
    episode = ended(missing(w.child, by=w.worker, at=AT + HOUR), at=AT + 2 * HOUR)
    held = return_interviews.Told(
        offered_at=AT + 2 * HOUR,
        outcome="held",
        interviewer="Dina Sorrel",
        independence="independent",
        interpreter="not_needed",
        held_at=AT + 3 * HOUR,
        sharing="yes",
    )
    return_interviews.write(episode, held, version=0, by=w.worker, at=AT + 4 * HOUR)
    seals.seal(at=AT + 5 * HOUR)
    return_interviews.withdraw(episode, version=1, reason="Of another child", by=w.worker, at=AT + 6 * HOUR)
    seals.seal(at=AT + 7 * HOUR)
    assert found() == []


@pytest.mark.by_turns(8)
@pytest.mark.django_db
@pytest.mark.parametrize("table", tables.sealed(), ids=lambda table: table.name)
def test_a_seal_says_what_the_application_cannot_change_and_nothing_that_it_can(table):
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND has_column_privilege(current_user, attrelid, attnum, 'UPDATE')",
            [table.name],
        )
        changed = {name for (name,) in cursor.fetchall()}
    assert changed == set(table.later)
    assert not changed & set(tables.columns(table))
