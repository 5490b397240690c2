"""Django's own PostgreSQL, but that statements are written, rows become objects and migrations run in less time.

See `compiler`, `expressions`, `filters`, `inserts`, `paths`, `rows` and `states`.
"""

from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations as DjangosOperations
from django.db.models.expressions import Col

from config.postgresql import expressions, filters, paths, rows, states

expressions.take_up()
filters.take_up()
paths.take_up()
rows.take_up()
states.take_up()

# Two fields that are joined on, by the identity of each, where the database keeps both as one type.
_of_one_type: dict[tuple[int, int], tuple[Any, Any]] = {}


class DatabaseOperations(DjangosOperations):
    compiler_module = "config.postgresql.compiler"

    def prepare_join_on_clause(
        self, lhs_table: str, lhs_field: Any, rhs_table: str, rhs_field: Any
    ) -> tuple[Any, Any]:
        """Compare the types of two fields once: Django makes a field for each join to know what type a key is of."""
        pair = id(lhs_field), id(rhs_field)
        if pair not in _of_one_type:
            joined: tuple[Any, Any] = super().prepare_join_on_clause(
                lhs_table, lhs_field, rhs_table, rhs_field
            )
            if type(joined[1]) is Col:
                _of_one_type[pair] = lhs_field, rhs_field
            return joined
        return Col(lhs_table, lhs_field), Col(rhs_table, rhs_field)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
