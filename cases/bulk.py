"""Many rows of a table that nothing but their values is asked of, written by one statement."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)

# The rows come back in the order in which they were given.
_WRITE = """
    INSERT INTO {table} ({columns})
    SELECT {values} FROM unnest({arrays}) AS own ({names})
    {ends}
"""
_CHANGE = """
    UPDATE {table} AS standing SET {changes}
      FROM unnest({arrays}) AS own ({names})
     WHERE standing.{key} = c0::bigint
"""
# What reads as itself between the quotes of an array.
_PLAIN = (str, int, date, UUID)


def insert(
    model: type[models.Model], fields: Iterable[str], rows: Iterable[tuple[Any, ...]], *, known: bool = False
) -> None:
    """Write `rows`, which give the named fields in order, ids for related ones; those `known` already are left.

    `bulk_create` makes an object of each row and asks each field about each value.
    """
    columns = list(zip(*rows, strict=True))
    if not columns:
        return
    by_name = {name: field for field in model._meta.concrete_fields for name in (field.name, field.attname)}
    named = [by_name[name] for name in fields]
    with connection.cursor() as cursor:
        cursor.execute(*_written(model, named, columns, ends="ON CONFLICT DO NOTHING" if known else ""))


def _written(
    model: type[models.Model], fields: Sequence[Any], columns: Sequence[Sequence[Any]], *, ends: str
) -> tuple[str, list[Any]]:
    """The statement and its values: what is alike in all rows is said once.

    Of an outbox row three columns in four are; and to read an array as one word costs PostgreSQL less than a word for
    each value of it.
    """
    own = [n for n, column in enumerate(columns) if column.count(column[0]) < len(column)] or [0]
    alike = [n for n in range(len(columns)) if n not in own]
    # Without the length, which a cast would cut to: what is too long is refused.
    kinds = [_kind(field) for field in fields]
    statement = _WRITE.format(
        table=model._meta.db_table,
        columns=", ".join(f'"{fields[n].column}"' for n in [*own, *alike]),
        values=", ".join([*(f"c{n}::{kinds[n]}" for n in own), *(f"%s::{kinds[n]}" for n in alike)]),
        # A list of lists would be one list: of each row it is one word.
        arrays=", ".join("%s::text[]" if kinds[n].endswith("[]") else f"%s::{kinds[n]}[]" for n in own),
        names=", ".join(f"c{n}" for n in own),
        ends=ends,
    )
    return statement, [*(columns[n][0] for n in alike), *(_array(columns[n]) for n in own)]


@cache
def _kind(field: Any) -> str:
    kind = str(field.db_type(connection))
    return kind.partition("(")[0] + ("[]" if kind.endswith("[]") and "(" in kind else "")


def _array(values: Iterable[Any]) -> str:
    """These values as PostgreSQL writes an array; TypeError for one that would not be read back as what it is."""
    return "{" + ",".join(["NULL" if value is None else _quoted(value) for value in values]) + "}"


def _quoted(value: Any) -> str:
    if isinstance(value, list):
        value = _array(value)
    elif not isinstance(value, _PLAIN):
        raise TypeError(f"no array is written of {type(value).__name__}")
    # Of a word that is also a choice only the word.
    word = str.__str__(value) if isinstance(value, str) else str(value)
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def make(model: type[M], **given: Any) -> M:
    """A new object as the model's own `__init__` makes it, which asks each field for its default: a sixth of a sweep's time.

    For models without an `__init__` of their own and without listeners to it.
    """
    usual, fresh = _usual(model)
    made = model.__new__(model)
    vars(made).update(usual, _state=ModelState())
    for name, default in fresh:
        vars(made)[name] = default()
    for name, value in given.items():
        setattr(made, name, value)
    return made


@cache
def _usual(model: type[models.Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """What every new object has, and what makes the values that are each one's own."""
    # What a field without a default has in its place can be called too.
    own = [field for field in model._meta.concrete_fields if field.has_default() and callable(field.default)]
    fresh = {field.attname: field.get_default for field in own}
    left = {"_state", *fresh}
    return {name: value for name, value in vars(model()).items() if name not in left}, list(fresh.items())


def create(objects: Collection[models.Model]) -> None:
    """Write new rows of one table from their objects, which get the ids that the database gives them.

    `bulk_create` asks each field about each value: a seventh of a sweep's time.
    """
    first = next(iter(objects), None)
    if first is None:
        return
    meta = first._meta
    fields = [field for field in meta.concrete_fields if not isinstance(field, models.AutoField)]
    columns = [_stored(field, objects) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(*_written(type(first), fields, columns, ends=f"RETURNING {meta.pk.column}"))
        ids = cursor.fetchall()
    for one, (pk,) in zip(objects, ids, strict=True):
        one.pk = pk
        one._state.adding, one._state.db = False, connection.alias


def change(objects: Collection[models.Model], fields: Iterable[str]) -> None:
    """Write the named fields of rows that stand, whose keys are numbers; nothing where there are no objects.

    Raises ValueError, and writes nothing, where one of them has no key: no row would be found for it, and nobody told.

    `bulk_update` writes a choice among all rows for each field of each, which takes as long as a page.
    """
    first = next(iter(objects), None)
    if first is None:
        return
    meta = first._meta
    if any(one.pk is None for one in objects):
        raise ValueError(f"one of these has no row to change: {meta.label} without a key")
    named: list[Any] = [meta.pk, *(meta.get_field(name) for name in fields)]
    columns = [_stored(field, objects) for field in named]
    own = [n for n, column in enumerate(columns) if n == 0 or column.count(column[0]) < len(column)]
    alike = [n for n in range(len(columns)) if n not in own]
    kinds = [_kind(field) for field in named]
    sets = {n: f"c{n}::{kinds[n]}" for n in own[1:]} | {n: f"%s::{kinds[n]}" for n in alike}
    statement = _CHANGE.format(
        table=meta.db_table,
        key=meta.pk.column,
        changes=", ".join(f'"{named[n].column}" = {value}' for n, value in sets.items()),
        arrays=", ".join("%s::text[]" for _ in own),
        names=", ".join(f"c{n}" for n in own),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(columns[n][0] for n in alike), *(_array(columns[n]) for n in own)])


def _stored(field: Any, objects: Iterable[models.Model]) -> list[Any]:
    """What each of these has in a field, as a statement takes it."""
    # Of a relation, to ask the object itself goes by a descriptor that is written in Python.
    values = [vars(one)[field.attname] for one in objects]
    return [json.dumps(value) for value in values] if isinstance(field, models.JSONField) else values


def relate(objects: Collection[models.Model], names: Iterable[str]) -> None:
    """Give rows of one table what they point at, as `select_related` would: each of those read once, and none that is not there.

    With a dozen relations of which a row has one or two, planning the join of all costs more than all those questions.
    """
    some = next(iter(objects), None)
    if some is None:
        return
    further: dict[str, list[str]] = {}
    for name in names:
        first, _, rest = name.partition("__")
        further.setdefault(first, []).extend([rest] if rest else [])
    for first, rests in further.items():
        field: Any = some._meta.get_field(first)
        keys = {getattr(one, field.attname) for one in objects} - {None}
        if not keys:
            continue
        rows = field.related_model._base_manager.filter(pk__in=keys)
        found = {row.pk: row for row in (rows.select_related(*rests) if rests else rows)}
        for one in objects:
            if (key := getattr(one, field.attname)) in found:
                setattr(one, first, found[key])
