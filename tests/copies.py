"""What hundreds of tests begin with: made by the verbs once in a process, and copied row by row from then on."""

import pickle
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection

T = TypeVar("T")
# The one row that is changed and not added: the next child of the test takes the next number.
SERIAL = "cases_referenceserial"
# Counters and sequences never give the same twice, so nothing a test adds meets what was copied.
_asked: Counter[Hashable] = Counter()
_copies: dict[Hashable, "Copy"] = {}


@dataclass(frozen=True)
class Copy:
    """What a maker returned, and the statements that put its rows back."""

    made: bytes
    statements: str
    rows: list[str]


def copied(key: Hashable, make: Callable[[], T]) -> T:
    """Return what `make` returns, from a copy where the key was made before and nothing is written yet in this test.

    Only inside a transaction that is rolled back: another database has sequences of its own.
    """
    if not connection.in_atomic_block or _has_written():
        return make()
    copy = _copies.get(key)
    if copy is None:
        made = make()
        _asked[key] += 1
        if _asked[key] > 1:
            _copies[key] = _copy(made)
        return made
    with connection.cursor() as cursor:
        cursor.execute(copy.statements, copy.rows)
    return pickle.loads(copy.made)


def _has_written() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        return bool(cursor.fetchone()[0])


def _copy(made: Any) -> Copy:
    statements, rows = [], []
    for table in _tables():
        with connection.cursor() as cursor:
            # Nobody else writes in this database, so all that is younger than the transaction is its own.
            cursor.execute(
                f"SELECT json_agg(to_jsonb(t) ORDER BY t.ctid)::text FROM {table} t"
                " WHERE xmin::text::bigint >= pg_current_xact_id()::text::bigint"
            )
            (found,) = cursor.fetchone()
        if found is None:
            continue
        columns = ", ".join(f'"{name}"' for name in _columns(table))
        again = " ON CONFLICT (year) DO UPDATE SET last = EXCLUDED.last" if table == SERIAL else ""
        statements.append(
            f"INSERT INTO {table} ({columns}) SELECT {columns}"
            f" FROM json_populate_recordset(NULL::{table}, %s::json){again}"
        )
        rows.append(found)
    return Copy(pickle.dumps(made), "; ".join(statements), rows)


def _tables() -> Iterator[str]:
    for app in ("auth", "cases", "guardians", "alerts"):
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy:
                yield f'"{model._meta.db_table}"'.replace('"', "")


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]
