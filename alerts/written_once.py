"""What the sweep asks four times a second, written once: to write such a question costs ten times what asking it does."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import QuerySet

# Any instant will do: the question is moved from it to the one that is asked about.
_WRITTEN_AS_OF = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Question:
    """A question of one column that hangs on nothing but an instant; every instant in it lies as far from that always."""

    def __init__(self, make: Callable[[datetime], QuerySet[Any, Any]]) -> None:
        self.make = make

    @cached_property
    def _written(self) -> tuple[str, tuple[Any, ...]]:
        statement, values = self.make(_WRITTEN_AS_OF).query.sql_with_params()
        return str(statement), tuple(values)

    def ask(self, now: datetime) -> list[Any]:
        """The column as of this instant."""
        statement, values = self._written
        moved = now - _WRITTEN_AS_OF
        with connection.cursor() as cursor:
            cursor.execute(statement, [one + moved if isinstance(one, datetime) else one for one in values])
            return [found for (found,) in cursor.fetchall()]
