"""`among`: a field of one of many given values, as one array."""

from typing import Any

from django.db import models
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler

from cases.worded import Given


class Among(Lookup):
    """What `in` finds, for plain values alone: `in` prepares each of them by itself, an eighth of a sweep's time.

    Give it a set, or anything else that is no list: of a list Django looks at each value again.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """`column = ANY (array)`, of the column's own type so that an empty array has one."""
        column, params = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.rel_db_type(connection)
        if isinstance(self.rhs, Given):
            return f"{column} = ANY (%s::{kind}[])", (*params, self.rhs.place)
        return f"{column} = ANY (%s::{kind}[])", (*params, list(self.rhs))


def register() -> None:
    """Make it known to every field and every relation."""
    models.Field.register_lookup(Among)
    models.ForeignKey.register_lookup(Among)
