"""Django's statements to the letter, written in half the time: most of what a page takes is the writing of statements."""

from collections.abc import Iterator
from typing import Any

from django.db.backends.postgresql import compiler
from django.db.backends.postgresql.compiler import (
    SQLAggregateCompiler,
    SQLDeleteCompiler,
    SQLUpdateCompiler,
)
from django.db.models import F
from django.db.models.expressions import Col, OrderBy

from config.postgresql import columns
from config.postgresql.inserts import SQLInsertCompiler

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]


class SQLCompiler(compiler.SQLCompiler):
    """Django's compiler with some short cuts [Django 5.2, django.db.models.sql.compiler]."""

    # While whole rows are selected: how each of their columns is written, and those whose values are converted; and from then
    # on whether nothing else was selected.
    _written: dict[int, columns.Selected] | None = None
    _names: set[str]
    _converted: set[int]
    _is_of_rows = False

    def get_select(self, with_col_aliases: bool = False) -> Any:
        """Write the columns of whole rows as they are kept: Django quotes and asks about each anew for each statement."""
        query: Any = self.query
        if with_col_aliases or not query.default_cols or query.deferred_loading[0] or _selects_more(query):
            return super().get_select(with_col_aliases)
        self._written, self._names, self._converted = {}, set(), set()
        try:
            selected: list[Any] = [(column, None) for column in self.get_default_columns({})]
            found: dict[str, Any] = {"model": query.model, "select_fields": list(range(len(selected)))}
            if query.select_related:
                found["related_klass_infos"] = self.get_related_selections(selected, {})
                _with_parents(found)
            written = [self._written.get(id(column)) for column, _ in selected]
            self._is_of_rows = all(written) and self._mean_no_alias(self._names)
            if not self._is_of_rows:
                written = [(one, one.select_format(self, *self.compile(one)), None) for one, _ in selected]
        finally:
            self._written = None
        return written, found, {}

    def _mean_no_alias(self, names: set[str]) -> bool:
        query: Any = self.query
        return names.isdisjoint(query.alias_map) and names.isdisjoint(query.external_aliases)

    def get_default_columns(
        self, select_mask: Any, start_alias: str | None = None, opts: Any = None, from_parent: Any = None
    ) -> Any:
        """Take the columns of a whole row as they are kept with its model."""
        opts = opts or self.query.get_meta()
        own = None if select_mask or opts is None else columns.of(opts, self.connection)
        if own is None:
            return super().get_default_columns(select_mask, start_alias, opts, from_parent)
        alias: Any = start_alias or self.query.get_initial_alias()
        under = own.under(alias, self.quote_name_unless_alias(alias))
        if self._written is not None:
            self._written.update(under.written)
            self._names |= own.names
            self._converted |= under.converted
        return list(under.columns)

    def get_related_selections(  # noqa: PLR0917 as Django calls it
        self,
        select: Any,
        select_mask: Any,
        opts: Any = None,
        root_alias: Any = None,
        cur_depth: int = 1,
        requested: Any = None,
        restricted: bool | None = None,
    ) -> Any:
        """Look through no model's fields for those to follow where none is to be followed."""
        if restricted and requested == {}:
            return []
        return super().get_related_selections(
            select, select_mask, opts, root_alias, cur_depth, requested, restricted
        )

    def get_converters(self, expressions: Any) -> Any:
        """Ask only of those columns of whole rows whose values are converted."""
        if not self._is_of_rows:
            return super().get_converters(expressions)
        if not self._converted:
            return {}
        asked = [(at, one) for at, one in enumerate(expressions) if id(one) in self._converted]
        return {at: super(SQLCompiler, self).get_converters([one])[0] for at, one in asked}

    def has_composite_fields(self, expressions: Any) -> bool:
        """Whole rows have none."""
        return not self._is_of_rows and super().has_composite_fields(expressions)

    def compile(self, node: Any) -> tuple[str, Any]:
        """Write a column of a table at once: half of all that is compiled are such columns."""
        if type(node) is Col and node.alias:
            table, column = node.alias, str(node.target.column)
            known, quote = self.quote_cache, self.quote_name_unless_alias
            return f"{known.get(table) or quote(table)}.{known.get(column) or quote(column)}", []
        return super().compile(node)

    def get_order_by(self) -> Any:
        """Write an order by columns of the rows' own table at once: to Django each is a way that may lead elsewhere."""
        own = self._own_order()
        if own is None:
            return super().get_order_by()
        query: Any = self.query
        written: dict[str, Any] = {}
        for field, is_descending in own:
            column = field.get_col(query.get_initial_alias())
            sql, params = self.compile(column)
            ordered = f"{sql} {'DESC' if is_descending else 'ASC'}"
            if sql not in written:
                written[sql] = OrderBy(column, descending=is_descending), (ordered, params, False)
        return [*written.values()]

    def _own_order(self) -> list[tuple[Any, bool]] | None:
        """The fields in whose order the rows are asked for, and whether from the last; None for what is left to Django."""
        query: Any = self.query
        opts = query.get_meta()
        is_parted = query.combinator or query.extra or query.extra_order_by
        own = None if is_parted or opts is None else columns.of(opts, self.connection)
        if own is None:
            return None
        by_default = () if query.order_by or not query.default_ordering else opts.ordering
        taken = {alias for _, _, alias in self.select or () if alias}
        found: list[tuple[Any, bool]] = []
        for name in query.order_by or by_default:
            bare = name.removeprefix("-") if isinstance(name, str) else ""
            if bare not in own.orders or bare in taken or bare in query.annotations:
                return None
            found.append((own.orders[bare], (bare == name) != query.standard_ordering))
        self._meta_ordering = by_default or None
        return found

    def _order_by_pairs(self) -> Iterator[tuple[Any, bool]]:  # type: ignore[override]
        """Look for no selected column that an order by names alone cannot mean.

        To find an order by the very same expression Django first makes a key of each selected column, by inspecting
        how it was constructed. A name is looked for among the aliases alone.
        """
        selected: Any = self.select
        if selected and self._orders_by_names({alias for _, _, alias in selected if alias}):
            self.select = []
        try:
            pairs: Any = super()._order_by_pairs()
            return iter(list(pairs))
        finally:
            self.select = selected

    def _orders_by_names(self, aliases: set[str]) -> bool:
        query = self.query
        if query.combinator or query.extra_order_by:
            return False
        by_default = query.get_meta().ordering if query.default_ordering else ()
        names = [_name(one) for one in query.order_by or by_default or ()]
        return None not in names and aliases.isdisjoint(names)


def _selects_more(query: Any) -> bool:
    """Whether beside whole rows something is selected, or they are one of several parts."""
    return bool(query.annotation_select or query.extra_select or query.selected is not None or query.select)


def _with_parents(found: dict[str, Any]) -> None:
    """Let a row that stands in two tables have the columns of both, as Django does."""
    for one in found["related_klass_infos"]:
        if one["from_parent"]:
            one["select_fields"] = found["select_fields"] + one["select_fields"]
        _with_parents(one)


def _name(ordering: Any) -> str | None:
    if isinstance(ordering, OrderBy):
        ordering = ordering.expression
    if isinstance(ordering, F):
        return str(vars(ordering)["name"])
    return ordering.lstrip("-+") if isinstance(ordering, str) else None
