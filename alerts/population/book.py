"""Rows by the hundred thousand: keys from each table's own sequence, written by COPY through every constraint there is."""

import json
import os
import socket
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from io import StringIO
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import Value
from django.db.models.expressions import DatabaseDefault

KEYS_AT_ONCE = 2000
Row = TypeVar("Row", bound=models.Model)
_SPECIAL = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass
class Book:
    """Rows to come, in the order in which they were added; each has its key at once, so that others can name it."""

    rows: dict[type[models.Model], list[models.Model]] = field(default_factory=lambda: defaultdict(list))
    _keys: dict[type[models.Model], Iterator[int]] = field(default_factory=dict)

    def add(self, row: Row) -> Row:
        """Enter a row and give it its key."""
        model = type(row)
        if row.pk is None:
            row.pk = next(self._keys.setdefault(model, _keys(model)))
        self.rows[model].append(row)
        return row

    def write(self) -> int:
        """Write everything entered, one COPY for each table, and return how many rows that was."""
        written = 0
        for model, rows in self.rows.items():
            copy(model, rows)
            written += len(rows)
        self.rows.clear()
        return written


def copy(model: type[models.Model], rows: list[Any]) -> None:
    """Write rows that have their keys with one COPY, as the application's role: constraints and triggers look at each."""
    names = [name.attname for name in model._meta.concrete_fields]
    lines = StringIO()
    for row in rows:
        values = row.__dict__
        lines.write("\t".join([_text(_given(values[name])) for name in names]))
        lines.write("\n")
    lines.seek(0)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(name.column)) for name in model._meta.concrete_fields)
    with connection.cursor() as cursor, _as_long_as_it_takes():
        cursor.copy_expert(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN", lines)


@contextmanager
def _as_long_as_it_takes() -> Iterator[None]:
    """Whoever writes rows reads nothing meanwhile, on a busy machine for longer than a network may be silent."""
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as line:
        if line.family == socket.AF_UNIX or not hasattr(socket, "TCP_USER_TIMEOUT"):
            yield
            return
        option = (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        was = line.getsockopt(*option)
        line.setsockopt(*option, 0)
        try:
            yield
        finally:
            line.setsockopt(*option, was)


def _keys(model: type[models.Model]) -> Iterator[int]:
    """Keys of the table's own sequence, fetched many at a time."""
    primary = model._meta.pk
    if primary is None:
        raise TypeError(model)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [model._meta.db_table, primary.column, KEYS_AT_ONCE],
            )
            yield from [key for (key,) in cursor.fetchall()]


def _given(value: Any) -> Any:
    """The value itself; of a column that was left to the database's default, that, where it is a plain one."""
    if isinstance(value, DatabaseDefault):
        (default,) = value.get_source_expressions()
        return default.value if isinstance(default, Value) else value
    return value


def _text(value: Any) -> str:
    """One value as COPY's text form reads it."""
    if value is None:
        return r"\N"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False).translate(_SPECIAL)
    if isinstance(value, list):
        quoted = (json.dumps(str(one), ensure_ascii=False) for one in value)
        return f"{{{','.join(quoted)}}}".translate(_SPECIAL)
    if hasattr(value, "resolve_expression"):
        raise TypeError(f"{value!r} is made by the database, so give the row a value of its own")
    return str(value).translate(_SPECIAL)
