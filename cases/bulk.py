"""Many rows of a table that nothing but their values is asked of, written by one statement."""

import json
from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)

_INSERT = """
    INSERT INTO {table} ({columns})
    SELECT * FROM unnest({arrays})
    {conflict}
"""
# The rows come back in the order in which they were given.
_CREATE = """
    INSERT INTO {table} ({columns}) VALUES {rows} RETURNING {key}
"""


def insert(
    model: type[models.Model], fields: Iterable[str], rows: Iterable[tuple[Any, ...]], *, known: bool = False
) -> None:
    """Write `rows`, which give the named fields in order, ids for related ones; those `known` already are left.

    `bulk_create` makes an object of each row and asks each field about each value.
    """
    columns = list(zip(*rows, strict=True))
    if not columns:
        return
    own = {name: field for field in model._meta.concrete_fields for name in (field.name, field.attname)}
    named = [own[name] for name in fields]
    # Without the length, which a cast would cut to: what is too long is refused.
    types = [str(field.db_type(connection)).partition("(")[0] for field in named]
    statement = _INSERT.format(
        table=model._meta.db_table,
        columns=", ".join(str(field.column) for field in named),
        arrays=", ".join(f"%s::{kind}[]" for kind in types),
        conflict="ON CONFLICT DO NOTHING" if known else "",
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in columns])


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
    own = [field for field in model._meta.concrete_fields if callable(field.default)]
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
    written = [(field.attname, isinstance(field, models.JSONField)) for field in fields]
    values = [
        json.dumps(getattr(one, name)) if is_json else getattr(one, name)
        for one in objects
        for name, is_json in written
    ]
    row = f"({', '.join(['%s'] * len(fields))})"
    statement = _CREATE.format(
        table=meta.db_table,
        columns=", ".join(str(field.column) for field in fields),
        rows=", ".join([row] * len(objects)),
        key=meta.pk.column,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        ids = cursor.fetchall()
    for one, (pk,) in zip(objects, ids, strict=True):
        one.pk = pk
        one._state.adding, one._state.db = False, connection.alias


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
