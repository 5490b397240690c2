"""What a test asks of the database or writes into it a third time, the server has planned: it plans longer than it looks.

A statement is prepared with the types that its values have where they are written out, so that it means the same to the
letter. Each connection asks it in the product's own way first, whatever it says of its types and names is found there;
./run faults prepares nothing.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import Jsonb
from psycopg2 import ProgrammingError, extensions

# A statement, the names of its values if they have any, and the type of each.
Key = tuple[Any, ...]
# Uses of a statement in one connection from which on it is prepared.
FROM_USE = 3
NEVER = -(10**12)
# Prepared statements of one connection; the one that was not asked for longest makes room for another.
AT_MOST = 1000
# What psycopg2 writes for a value of each type: a quoted word without a type, a number, or a word and its type.
UNTYPED = "unknown"
TYPES: Mapping[type, str] = {
    bool: "boolean",
    str: UNTYPED,
    type(None): UNTYPED,
    # Its elements are written out, and take their type from what they are compared with.
    list: UNTYPED,
    datetime: "timestamptz",
    date: "date",
    timedelta: "interval",
    Decimal: "numeric",
    UUID: "uuid",
    Jsonb: "jsonb",
}
# The elements of an array that is told.
OF_ONE: list[set[type]] = [set(), {int}, {str}, {UUID}]
# One statement alone that asks or writes rows.
STATEMENT = re.compile(r"\s*\(?(SELECT|WITH|INSERT|UPDATE|DELETE)\s[^;]*\Z")
SMALL, LARGE = range(-(2**31), 2**31), range(-(2**63), 2**63)


def options(options: str) -> dict[str, Any]:
    """Return what Django's connections need beside their own `options` to prepare what they ask often.

    A prepared statement is planned once, and not for its first five values each time.
    """
    return {
        "connection_factory": Connection,
        "cursor_factory": Cursor,
        "options": f"{options} -c plan_cache_mode=force_generic_plan",
    }


class Connection(extensions.connection):
    """A connection that knows what it was asked: how often, and from then on under which name it is prepared."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # By the hash of each: there are thousands, some of them long.
        self.uses: dict[int, int] = {}
        self.prepared: dict[Key, str] = {}
        self.numbers = count(1)


class Cursor(extensions.cursor):
    """Asks by the name of a prepared statement where there is one; whoever looks finds the statement as it was meant."""

    _meant: tuple[str, Sequence[Any] | Mapping[str, Any]] | None = None

    def execute(self, query: Any, values: Any = None) -> None:
        """Execute a statement as psycopg2 does."""
        self._meant = None
        is_one = values and self.name is None and type(query) is str and STATEMENT.match(query)
        # Where they have names, each is one value, however often the statement says its name.
        names, given = (tuple(values), [*values.values()]) if type(values) is dict else ((), values)
        types = _types(given) if is_one else None
        if types is None:
            return super().execute(query, values)
        key = query, names, *types
        connection: Connection = self.connection
        name = connection.prepared.pop(key, "") or self._prepare(connection, key)
        if not name:
            return super().execute(query, values)
        # The last that was asked is the last to make room.
        connection.prepared[key] = name
        self._meant = query, values
        given = [_untyped(value) if type(value) is list else value for value in given]
        return super().execute(f"EXECUTE {name} ({', '.join(['%s'] * len(types))})", given)

    @property
    def query(self) -> bytes | None:
        """The last statement, with its values written out."""
        if self._meant is not None:
            return bytes(self.mogrify(*self._meant))
        found: bytes | None = extensions.cursor.query.__get__(self)
        return found

    def _prepare(self, connection: Connection, key: Key) -> str:
        """Return the name under which a statement that is asked often is prepared now; none before, and where it cannot be."""
        uses = connection.uses[hash(key)] = connection.uses.get(hash(key), 0) + 1
        status = connection.get_transaction_status()
        # Where something has failed already, the statement is to say so.
        if uses < FROM_USE or status == extensions.TRANSACTION_STATUS_INERROR:
            return ""
        query, names, *types = key
        name = f"asked_{next(connection.numbers)}"
        numbers = tuple(f"${number}" for number in range(1, len(types) + 1))
        statement = query % (dict(zip(names, numbers, strict=True)) if names else numbers)
        if len(connection.prepared) >= AT_MOST:
            oldest = next(iter(connection.prepared))
            super().execute(f"DEALLOCATE {connection.prepared.pop(oldest)}")
        prepare = f"PREPARE {name} ({', '.join(types)}) AS {statement}"
        # Where nothing can be taken back, nothing is lost.
        can_break = not connection.autocommit or status == extensions.TRANSACTION_STATUS_INTRANS
        begin, keep = (f"SAVEPOINT {name};", f"; RELEASE SAVEPOINT {name}") if can_break else ("", "")
        try:
            super().execute(f"{begin} {prepare} {keep}")
        except ProgrammingError:
            # It means something with its values in it alone: what is grouped by an expression of them, say.
            connection.uses[hash(key)] = NEVER
            if can_break:
                super().execute(f"ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")
            return ""
        return name


def _types(values: Any) -> list[str] | None:
    """The types that the values have where they are written out; None where one of them cannot be told."""
    if type(values) not in (tuple, list):
        return None
    found = []
    for value in values:
        kind = type(value)
        if kind is int:
            found.append("integer" if value in SMALL else "bigint" if value in LARGE else "numeric")
        elif kind in TYPES:
            if kind is datetime and value.tzinfo is None:
                return None
            if kind is list and set(map(type, value)) not in OF_ONE:
                return None
            found.append(TYPES[kind])
        elif issubclass(kind, str):
            found.append(UNTYPED)
        else:
            return None
    return found


def _untyped(values: list[Any]) -> str | list[Any]:
    """The elements of an array of words as one word, for they take their type from where it stands, as each of them does."""
    if not values or type(values[0]) is not str:
        return values
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
