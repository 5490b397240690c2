"""Django's statements to the letter, written in half the time: most of what a page takes is the writing of statements."""

from collections.abc import Iterator
from typing import Any

from django.db.backends.postgresql import compiler
from django.db.backends.postgresql.compiler import (
    SQLAggregateCompiler,
    SQLDeleteCompiler,
    SQLInsertCompiler,
    SQLUpdateCompiler,
)
from django.db.models import F
from django.db.models.expressions import Col, OrderBy

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]


class SQLCompiler(compiler.SQLCompiler):
    """Django's compiler with two short cuts [Django 5.2, django.db.models.sql.compiler]."""

    def compile(self, node: Any) -> tuple[str, Any]:
        """Write a column of a table at once: half of all that is compiled are such columns."""
        if type(node) is Col and node.alias:
            table, column = node.alias, str(node.target.column)
            known, quote = self.quote_cache, self.quote_name_unless_alias
            return f"{known.get(table) or quote(table)}.{known.get(column) or quote(column)}", []
        return super().compile(node)

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


def _name(ordering: Any) -> str | None:
    if isinstance(ordering, OrderBy):
        ordering = ordering.expression
    if isinstance(ordering, F):
        return str(vars(ordering)["name"])
    return ordering.lstrip("-+") if isinstance(ordering, str) else None
