"""Statements that one batch asks many times: parsed and planned once for it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True)
class Statement:
    """One statement with its values as $1, $2 …, and their types in that order."""

    types: tuple[str, ...]
    sql: str


@dataclass(frozen=True)
class _Ready:
    """What stands prepared, on which connection, for a new one knows nothing of it, and the cursor that asks it."""

    connection: object
    cursor: CursorWrapper
    calls: Mapping[str, str]


_ready: ContextVar[_Ready | None] = ContextVar("planned_statements", default=None)
_serials = count(1)


@contextmanager
def once(**statements: Statement) -> Iterator[None]:
    """Have these planned until the end of the block, and not for longer: a plan made while a table was small stays slow.

    Where that fails they are simply not there, and whoever asks for one asks in full.
    """
    serial = next(_serials)
    names = [f"{name}_{serial}" for name in statements]
    calls = {
        name: f"EXECUTE {name}_{serial}" + (f" ({', '.join(['%s'] * len(one.types))})" if one.types else "")
        for name, one in statements.items()
    }
    made = [
        f"PREPARE {name} {f'({kinds})' if (kinds := ', '.join(one.types)) else ''} AS {one.sql}"
        for name, one in zip(names, statements.values(), strict=True)
    ]
    cursor = None
    try:
        cursor = connection.cursor()
        # In one go: all of them stand, or none.
        cursor.execute("; ".join(made))
    except (DatabaseError, InterfaceError):
        calls = {}
    held = connection.connection
    token = _ready.set(_Ready(held, cursor, calls) if cursor is not None else None)
    try:
        yield
    finally:
        _ready.reset(token)
        if cursor is not None:
            with suppress(DatabaseError, InterfaceError), cursor:
                if calls and connection.connection is held:
                    cursor.execute("; ".join(f"DEALLOCATE {name}" for name in names))


def rows(name: str, values: Sequence[Any]) -> list[tuple[Any, ...]] | None:
    """The rows that a planned statement returns; None where it is not planned here."""
    ready = _ready.get()
    if ready is None or name not in ready.calls or ready.connection is not connection.connection:
        return None
    try:
        ready.cursor.execute(ready.calls[name], values)
        return list(ready.cursor.fetchall())
    except DatabaseError:
        if connection.in_atomic_block:
            raise
        # Behind a pooler that lends a server for a transaction alone another one answers, which knows of no plan.
        _ready.set(None)
        return None
