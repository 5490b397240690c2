"""Many rows of a table that nothing but their values is asked of, written by one statement."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models

_INSERT = """
    INSERT INTO {table} ({columns})
    SELECT * FROM unnest({arrays})
    {conflict}
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
