"""What hundreds of tests begin with: made by the verbs once in a process, and copied row by row from then on.

So is what a test makes later, where nothing that it has written until then could change what is made.
"""

import json
import pickle
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import connection, transaction

T = TypeVar("T")
# From this use on what is made is worth a copy.
WORTH_IT = 2
# Gives the next child its reference: what is made after others goes on where they ended.
SERIALS = "cases_referenceserial"
# On which nothing hangs that is made around a child of its own, beside the rows about other children.
OF_OTHERS = frozenset(
    {
        "django_session",
        "cases_episodeforce",
        "cases_forceincharge",
        "cases_missingreport",
        "alerts_alertstep",
        "alerts_dutytaskalert",
        "alerts_message",
        "alerts_messageitem",
        "alerts_messageproof",
    }
)
# Counters and sequences never give the same twice, so nothing a test adds meets what was copied.
_asked: Counter[Hashable] = Counter()
_copies: dict[Hashable, "Copy"] = {}
_not_copied: set[Hashable] = set()


class CannotBeCopied(Exception):
    """What was made is more than rows that were added or changed."""


@dataclass(frozen=True)
class Copy:
    """What a maker returned, and the statements that put its rows back, of the tables named."""

    made: bytes
    statements: list[str]
    rows: list[str]
    tables: frozenset[str]

    def put_back(self) -> Any:
        """Write its rows again, and return what was made with them."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT of_tests.put_back(%s, %s)", [self.statements, self.rows])
        return pickle.loads(self.made)


def copied(key: Hashable, make: Callable[[], T]) -> T:
    """Return what `make` returns, from a copy where the key was made before and nothing written in this test matters to it.

    Only inside a transaction that is rolled back: another database has sequences of its own.
    """
    if not connection.in_atomic_block:
        return make()
    untouched = is_untouched()
    if not untouched:
        first = _copies.get(key)
        serials = _serials() if first is not None and not _is_written_but_in(first.tables) else None
        if serials is None or (key := (key, serials)) in _not_copied:
            return make()
    if key in _copies:
        found: T = _copies[key].put_back()
        return found
    _asked[key] += 1
    if _asked[key] < WORTH_IT:
        return make()
    if untouched:
        made = make()
        _copies[key] = copy_of(made)
        return made
    return _made_after_others(key, make)


def _made_after_others(key: Hashable, make: Callable[[], T]) -> T:
    """Make it, and keep a copy of what was written meanwhile."""
    there = _keys()
    with transaction.atomic():
        since = _begin()
        made = make()
    try:
        _copies[key] = copy_of(made, since=since, there=there)
    except CannotBeCopied:
        _not_copied.add(key)
    return made


def _begin() -> int:
    """The number of this savepoint: what is written in it from now on has this one or a larger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_session (session_key, session_data, expire_date)"
            " VALUES ('of tests', '', 'epoch') RETURNING xmin::text::bigint"
        )
        (number,) = cursor.fetchone()
        cursor.execute("DELETE FROM django_session WHERE session_key = 'of tests'")
    return int(number)


def is_untouched() -> bool:
    """Whether this test is rolled back at its end and has written nothing yet."""
    if not connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
        untouched = bool(cursor.fetchone()[0])
    return untouched and bool(_there_before())


def _serials() -> Hashable:
    """How far the references have come: of what is made after so many, there is one copy."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT year, last FROM {SERIALS} ORDER BY year")
        return tuple(cursor.fetchall())


def _is_written_but_in(tables: frozenset[str]) -> bool:
    """Whether this test has written a row that is in none of these tables and not about some child alone."""
    with connection.cursor() as cursor:
        cursor.execute(_written(tables))
        return bool(cursor.fetchone()[0])


@cache
def _written(tables: frozenset[str]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT attrelid::regclass::text FROM pg_attribute WHERE attname = 'child_id'")
        about_children = {name for (name,) in cursor.fetchall()}
    others = {table for table, _ in _tables()} - tables - about_children - OF_OTHERS
    now = "pg_current_xact_id()::text::bigint"
    found = [f"EXISTS (SELECT FROM {table} WHERE xmin::text::bigint >= {now})" for table in sorted(others)]
    return f"SELECT {' OR '.join(found)}"


def copy_of(made: Any, *, since: int | None = None, there: Mapping[str, list[Any]] | None = None) -> Copy:
    """Keep all that this test has written so far, with what it was made as; raise CannotBeCopied where rows are gone.

    Or what was written `since` the transaction of that number, where the keys of `there` were there.
    """
    statements, rows, tables = [], [], []
    for table, key in _tables():
        before = (_there_before() if there is None else there).get(table)
        with connection.cursor() as cursor:
            if before:
                cursor.execute(f'SELECT count(*) FROM {table} WHERE "{key}" = ANY (%s)', [before])
                if cursor.fetchone()[0] < len(before):
                    raise CannotBeCopied(f"rows of {table} are gone")
            # Nobody else writes in this database, so all that is younger than the transaction is its own.
            cursor.execute(
                f"SELECT json_agg(to_jsonb(t) ORDER BY t.ctid)::text FROM {table} t"
                " WHERE xmin::text::bigint >= coalesce(%s, pg_current_xact_id()::text::bigint)",
                [since],
            )
            (found,) = cursor.fetchone()
        if found is None:
            continue
        if since is not None and table != SERIALS and before:
            standing = {str(one) for one in before}
            if any(str(row[key]) in standing for row in json.loads(found)):
                raise CannotBeCopied(f"rows of {table} that stood were changed")
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
        tables.append(table)
    return Copy(pickle.dumps(made), statements, rows, frozenset(tables))


@cache
def _there_before() -> dict[str, list[Any]]:
    """The keys of the rows that are there before every test, by table; asked where a test has written nothing."""
    return _keys()


def _keys() -> dict[str, list[Any]]:
    """The keys of the rows that are there, by table."""
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
