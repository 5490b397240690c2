"""The columns of a model's rows as a statement selects them, made once for each name under which the model's table goes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import Field
from django.db.models.expressions import Col
from django.db.models.options import Options

# Where a model's own columns are kept: with its options, so that they go when it goes.
_KEPT = "_columns_as_selected"

# A column, its SQL with no parameters, and no other name for it, as Django's compiler keeps what it selects.
Selected = tuple[Col, tuple[str, list[Any]], None]


class Under(NamedTuple):
    """All columns of a model where its table goes by one name, and how each is written, by the identity of the column."""

    columns: list[Col]
    written: Mapping[int, Selected]
    # Of these what the database answers is not yet the value.
    converted: frozenset[int]


class Columns:
    """Those of one model, where each is no more than its name."""

    def __init__(self, fields: Any, connection: Any) -> None:
        self.fields = fields
        self.names = frozenset(str(field.column) for field in fields)
        # What the rows may be in the order of with nothing joined.
        plain = [field for field in fields if not field.is_relation]
        self.orders: dict[str, Any] = {field.name: field for field in plain}
        self.orders.update(("pk", field) for field in plain if field.primary_key)
        self._connection = connection
        self._under: dict[tuple[str, str], Under] = {}

    def under(self, alias: str, quoted: str) -> Under:
        """The columns where the table goes by `alias`, which stands in the statement as `quoted`."""
        found = self._under.get((alias, quoted))
        if found is None:
            columns = [field.get_col(alias) for field in self.fields]
            quote = self._connection.ops.quote_name
            names = [f"{quoted}.{quote(field.column)}" for field in self.fields]
            pairs = zip(columns, names, strict=True)
            written: dict[int, Selected] = {id(column): (column, (name, []), None) for column, name in pairs}
            converted = frozenset(id(column) for column in columns if self._is_converted(column))
            found = self._under[alias, quoted] = Under(columns, written, converted)
        return found

    def _is_converted(self, column: Col) -> bool:
        by_backend = self._connection.ops.get_db_converters(column)
        return bool(by_backend or column.get_db_converters(self._connection))


def of(opts: "Options[Any]", connection: Any) -> Columns | None:
    """The columns of a model; None where Django has more to do for one of them than to write its name.

    That is where it stands in another model's table or in several columns, and where the database is asked for it in
    other words.
    """
    kept: tuple[Any, Columns | None] | None = vars(opts).get(_KEPT)
    # A field that is added to a model leaves it with another list.
    if kept is None or kept[0] is not opts.concrete_fields:
        fields = opts.concrete_fields
        is_plain = all(_is_plain(field, opts, connection) for field in fields)
        kept = fields, Columns(fields, connection) if is_plain else None
        setattr(opts, _KEPT, kept)
    return kept[1]


def _is_plain(field: Any, opts: "Options[Any]", connection: Any) -> bool:
    if field.model is not opts.model or type(field).select_format is not Field.select_format:
        return False
    column = field.get_col(opts.db_table)
    return (
        type(column) is Col
        and "$" not in field.column
        and type(column.output_field).select_format is Field.select_format
    )
