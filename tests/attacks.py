"""Rows that the database must refuse, written past every verb: for the tests of what PostgreSQL holds of each app.

A foreign key is looked at when the transaction ends, a check, a unique index and an exclusion at once: so a row that is about
nobody meets what it is to be refused by, and is taken back before anybody asks whom it is about.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import IntegrityError, connection, transaction
from psycopg2 import errors

AT = datetime(2026, 3, 2, 11, tzinfo=UTC)
TESTS = Path(__file__).parent
# What stands in a column that must hold something, where an attack says nothing of it.
PLAIN = {
    "bool": "false",
    "bytea": "''",
    "date": "'2026-03-02'",
    "float8": "0",
    "inet": "'127.0.0.1'",
    "int2": "1",
    "int4": "1",
    "int8": "1",
    "interval": "'1 hour'",
    "jsonb": "'{}'",
    "text": "''",
    "timestamptz": "'2026-03-02 11:00+00'",
    "uuid": "gen_random_uuid()",
    "varchar": "''",
}
ALL_RULES = """
    SELECT conname, conrelid::regclass::text FROM pg_constraint
    WHERE contype IN ('c', 'u', 'x') AND connamespace = 'public'::regnamespace
    UNION
    SELECT indexrelid::regclass::text, indrelid::regclass::text FROM pg_index
    JOIN pg_class ON pg_class.oid = indrelid AND relnamespace = 'public'::regnamespace
    WHERE indisunique AND NOT indisprimary
    UNION
    SELECT tgname, tgrelid::regclass::text FROM pg_trigger
    JOIN pg_class ON pg_class.oid = tgrelid AND relnamespace = 'public'::regnamespace
    WHERE NOT tgisinternal
"""
Row = Mapping[str, object]


@dataclass(frozen=True)
class Attack:
    """On a table: what it takes, in this order and all of it, and after that what it refuses, each alone."""

    table: str
    refused: tuple[Row, ...]
    taken: tuple[Row, ...] = field(default=({},))


def _insert(cursor: Any, table: str, row: Row) -> object:
    """Insert a row with this in it, and in each other column that must hold something what is plain; its key."""
    cursor.execute(
        "SELECT column_name, udt_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name = %s AND is_nullable = 'NO' AND is_identity = 'NO' AND is_generated = 'NEVER'",
        [table],
    )
    kinds = {name: kind for name, kind in cursor.fetchall() if name not in row}
    plain = ("'{}'" if kind.startswith("_") else PLAIN[kind] for kind in kinds.values())
    names = ", ".join(f'"{name}"' for name in (*kinds, *row))
    values = ", ".join((*plain, *("%s" for _ in row)))
    cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({values}) RETURNING id", list(row.values()))
    (key,) = cursor.fetchone()
    return key


def write(table: str, row: Row) -> object:
    """Insert a row with this in it, whomever it is about; its key."""
    with connection.cursor() as cursor:
        return _insert(cursor, table, row)


def refusal(table: str, row: Row) -> str:
    """The name of what refuses this row; empty when it is taken, and nothing of it stays."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                write(table, row)
        except Exception as error:
            if not isinstance(error.__cause__, errors.IntegrityError):
                raise
            return error.__cause__.diag.constraint_name or str(error.__cause__)
        transaction.set_rollback(True)
    return ""


def carry_out(attack: Attack) -> list[str]:
    """What refuses each row that is to be refused, once the others were taken. Nothing of it stays."""
    with transaction.atomic():
        for row in attack.taken:
            write(attack.table, row)
        names = [refusal(attack.table, row) for row in attack.refused]
        transaction.set_rollback(True)
    return names


def rules_of(app: str) -> set[str]:
    """Every check, unique index, exclusion and trigger of the app's tables but for keys, by name."""
    with connection.cursor() as cursor:
        cursor.execute(ALL_RULES)
        return {name for name, table in cursor.fetchall() if table.startswith(f"{app}_")}


def not_there(elsewhere: Mapping[str, tuple[str, str]]) -> set[str]:
    """Which of these rules are not attacked where it is said: the file of tests has no such words."""
    return {name for name, (path, words) in elsewhere.items() if words not in (TESTS / path).read_text()}


@contextmanager
def written(table: str, row: Row) -> Iterator[object]:
    """The key of a row with this in it that goes again, whatever is refused meanwhile."""
    with transaction.atomic():
        yield write(table, row)
        transaction.set_rollback(True)


def everything_named() -> set[str]:
    """The name of every constraint and index of the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class WHERE relkind = 'i'"
        )
        return {name for (name,) in cursor.fetchall()}


def refused_change(table: str, key: object, change: Row, *, words: str) -> None:
    """Change a row, which must be refused with these words."""
    pairs = ", ".join(f"{name} = %s" for name in change)
    with pytest.raises(IntegrityError, match=words), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {pairs} WHERE id = %s", [*change.values(), key])


def changed_as_owner(app: str, dsn: str, known: Mapping[str, Attack]) -> dict[str, list[str]]:
    """What the owner of the schema is told who changes, removes and empties each table of the app that takes rows alone."""
    good = {attack.table: attack.taken[0] for attack in known.values() if attack.taken}
    found = {}
    with closing(psycopg2.connect(dsn)) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'")
        for table in sorted(name for (name,) in cursor.fetchall() if name.startswith(f"{app}_")):
            # Emptied first: of what was just written the database looks at each key yet, and says that instead.
            found[table] = [_said(cursor, f"TRUNCATE {table} CASCADE")]
            _insert(cursor, table, good.get(table, {}))
            tries = (f"UPDATE {table} SET id = id", f"DELETE FROM {table}")
            found[table] += [_said(cursor, statement) for statement in tries]
            owner.rollback()
    return found


def _said(cursor: Any, statement: str) -> str:
    """What the database says to this; empty when it does it."""
    cursor.execute("SAVEPOINT before")
    try:
        cursor.execute(statement)
    except psycopg2.Error as error:
        cursor.execute("ROLLBACK TO SAVEPOINT before")
        return str(error)
    return ""


def may_be_changed(app: str) -> set[str]:
    """Which of the app's tables that take rows alone the application may change or empty, as the database grants it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only' AND"
            " (has_any_column_privilege(tgrelid, 'UPDATE') OR has_table_privilege(tgrelid, 'DELETE, TRUNCATE'))"
        )
        return {name for (name,) in cursor.fetchall() if name.startswith(f"{app}_")}
