"""What hundreds of tests begin with: made by the verbs once in a process, and copied row by row from then on."""

import pickle
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import connection

T = TypeVar("T")
# Counters and sequences never give the same twice, so nothing a test adds meets what was copied.
_asked: Counter[Hashable] = Counter()
_copies: dict[Hashable, "Copy"] = {}


class CannotBeCopied(Exception):
    """What was made is more than rows that were added or changed."""


@dataclass(frozen=True)
class Copy:
    """What a maker returned, and the statements that put its rows back."""

    made: bytes
    statements: list[str]
    rows: list[str]

    def put_back(self) -> Any:
        """Write its rows again, and return what was made with them."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT of_tests.put_back(%s, %s)", [self.statements, self.rows])
        return pickle.loads(self.made)


def copied(key: Hashable, make: Callable[[], T]) -> T:
    """Return what `make` returns, from a copy where the key was made before and nothing is written yet in this test.

    Only inside a transaction that is rolled back: another database has sequences of its own.
    """
    if not is_untouched():
        return make()
    copy = _copies.get(key)
    if copy is None:
        made = make()
        _asked[key] += 1
        if _asked[key] > 1:
            _copies[key] = copy_of(made)
        return made
    found: T = copy.put_back()
    return found


def is_untouched() -> bool:
    """Whether this test is rolled back at its end and has written nothing yet."""
    if not connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
        untouched = bool(cursor.fetchone()[0])
    return untouched and bool(_there_before())


def copy_of(made: Any) -> Copy:
    """Keep all that this test has written so far, with what it was made as; raise CannotBeCopied where rows are gone."""
    statements, rows = [], []
    for table, key in _tables():
        with connection.cursor() as cursor:
            before = _there_before().get(table)
            if before:
                cursor.execute(f'SELECT count(*) FROM {table} WHERE "{key}" = ANY (%s)', [before])
                if cursor.fetchone()[0] < len(before):
                    raise CannotBeCopied(f"rows of {table} are gone")
            # Nobody else writes in this database, so all that is younger than the transaction is its own.
            cursor.execute(
                f"SELECT json_agg(to_jsonb(t) ORDER BY t.ctid)::text FROM {table} t"
                " WHERE xmin::text::bigint >= pg_current_xact_id()::text::bigint"
            )
            (found,) = cursor.fetchone()
        if found is None:
            continue
        names = _columns(table)
        columns = ", ".join(f'"{name}"' for name in names)
        values = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in names if name != key)
        # One of those that are there before every test was changed: a policy, or the number that the next child takes.
        again = f' ON CONFLICT ("{key}") DO UPDATE SET {values}' if before else ""
        statements.append(
            f"INSERT INTO {table} ({columns}) SELECT {columns}"
            f" FROM json_populate_recordset(NULL::{table}, $1::json){again}"
        )
        rows.append(found)
    return Copy(pickle.dumps(made), statements, rows)


@cache
def _there_before() -> dict[str, list[Any]]:
    """The keys of the rows that are there before every test, by table; asked where a test has written nothing."""
    found = {}
    with connection.cursor() as cursor:
        for table, key in _tables():
            if key is None:
                continue
            cursor.execute(f'SELECT array_agg("{key}") FROM {table}')
            (keys,) = cursor.fetchone()
            if keys:
                found[table] = keys
    return found


@cache
def _tables() -> list[tuple[str, str | None]]:
    """Each table that the application writes to, with the column of its key where that is one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_class c"
            " LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND i.indnatts = 1"
            " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
            "   AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')"
        )
        return cursor.fetchall()


@cache
def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]
