"""Sealing: each batch of new rows gets a seal that follows the one before, and nobody waits for it."""

import hashlib
import json
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction

from cases.audit import tables
from cases.audit.tables import BATCH, Row, Table
from cases.log import GENESIS
from cases.models import Seal

# Any number will do that no other lock of ours has: one sealer at a time.
LOCK = 7325
# Id, whom it is about, and the first eight bytes of the row's digest.
MARK = struct.Struct(">qq8s")
# Seconds for which a sealer waits for writers who may have an earlier id than the last it sees; then the next tick tries.
PATIENCE = 5.0
_LOOK_AGAIN = 0.05
# Whoever inserts holds the table in one of these from before it has an id until its end.
_WRITERS = """
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = %s::regclass AND pid IS DISTINCT FROM pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') AND granted
"""
_LOCK = "SELECT {verb}(%s)"
_NEWEST = """
    SELECT max(id) FROM {table}
"""
_HEADS = """
    SELECT DISTINCT ON ({owner}) {owner}, number, digest FROM {table}
    WHERE id BETWEEN %s AND %s ORDER BY {owner}, number DESC
"""
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def seal(*, at: datetime, patience: float = PATIENCE) -> int:
    """Seal what is new in every table, and return how many seals that made; none where somebody else is sealing."""
    if not _lock("pg_try_advisory_lock"):
        return 0
    try:
        return sum(_seal_table(table, at=at, patience=patience) for table in tables.sealed())
    finally:
        _lock("pg_advisory_unlock")


@contextmanager
def put_off() -> Iterator[None]:
    """Let nothing be sealed meanwhile: for whoever takes ids long before the rows are written."""
    _lock("pg_advisory_lock")
    try:
        yield
    finally:
        _lock("pg_advisory_unlock")


def _seal_table(table: Table, *, at: datetime, patience: float) -> int:
    made = 0
    while (one := _seal_next(table, at=at, patience=patience)) is not None:
        made += 1
        if one.count < BATCH:
            break
    return made


def _seal_next(table: Table, *, at: datetime, patience: float) -> Seal | None:
    with transaction.atomic():
        before = Seal.objects.filter(table=table.name).order_by("-number").defer("marks", "heads").first()
        newest = _newest(table)
        if newest is None or (before is not None and newest <= before.last):
            return None
        if not _settled(table, patience):
            return None
        named = tables.columns(table)
        after = before.last if before else None
        rows = list(islice(tables.rows(table, named, after=after, last=newest), BATCH))
        one = Seal(
            table=table.name,
            columns=named,
            after=after,
            last=rows[-1].id if len(rows) == BATCH else newest,
            count=len(rows),
            total=len(rows) + (before.total if before else 0),
            rows_digest=digest_of_rows(rows),
            marks=b"".join(mark(row) for row in rows),
            heads=heads(table, rows[0].id, rows[-1].id) if table.numbered and rows else {},
            sealed_at=at,
        )
        _link(one)
        one.save(force_insert=True)
        return one


def _link(one: Seal) -> None:
    """Put the seal behind the last one there is; two with the same place are refused by the table."""
    previous = Seal.objects.order_by("-number").defer("marks", "heads").first()
    one.number = previous.number + 1 if previous else 1
    one.previous_digest = previous.digest if previous else GENESIS
    one.digest = digest_of(one)


def digest_of(one: Seal) -> str:
    """The seal's own link: SHA-256 over what it says and the seal before it."""
    said: dict[str, Any] = {
        "number": one.number,
        "table": one.table,
        "columns": one.columns,
        "ids": [one.after, one.last],
        "count": [one.count, one.total],
        "rows": one.rows_digest,
        "marks": hashlib.sha256(bytes(one.marks)).hexdigest(),
        "heads": one.heads,
        "sealed_at": one.sealed_at.astimezone(UTC).isoformat(),
        "previous": one.previous_digest,
    }
    return hashlib.sha256(_CANONICAL.encode(said).encode()).hexdigest()


def digest_of_rows(rows: Iterable[Row]) -> str:
    """SHA-256 over the rows in order, each its id and its digest."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(struct.pack(">q", row.id) + row.digest)
    return digest.hexdigest()


def mark(row: Row) -> bytes:
    """What a seal keeps of one row."""
    return MARK.pack(row.id, row.owner, row.digest[:8])


def heads(table: Table, first: int, last: int) -> dict[str, list[Any]]:
    """The last number and digest of each child, or home, among the events of these ids."""
    quote = connection.ops.quote_name
    statement = _HEADS.format(owner=quote(str(table.owner)), table=quote(table.name))
    with connection.cursor() as cursor:
        cursor.execute(statement, [first, last])
        return {str(key): [number, digest] for key, number, digest in cursor.fetchall()}


def _lock(verb: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format(verb=verb), [LOCK])
        return cursor.fetchone()[0] is not False


def _newest(table: Table) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST.format(table=connection.ops.quote_name(table.name)))
        newest: int | None = cursor.fetchone()[0]
    return newest


def _settled(table: Table, patience: float) -> bool:
    """Whether nobody can still commit a row below the newest that was seen just before.

    An id is given out before its row is there, and even before its transaction has a number, so the oldest running
    transaction says nothing of it. But the table was locked before the id was given out, and is until the end: once
    those who held it when we looked have ended, every row up to the newest stands, or never will.
    """
    ends = time.monotonic() + patience
    waiting = _writers(table)
    while waiting and time.monotonic() < ends:
        time.sleep(_LOOK_AGAIN)
        waiting &= _writers(table)
    return not waiting


def _writers(table: Table) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS, [table.name])
        return {writer for (writer,) in cursor.fetchall()}
