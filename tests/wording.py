"""What is worded once beside what Django words each time: the same statement with the same values, or the test fails."""

from collections import Counter
from typing import Any

from cases.worded import Question

# So often a process compares what it asks; each has values of its own.
TIMES = 3
_asked: Counter[int] = Counter()
_fill = Question._filled


def compare() -> None:
    """Compare each question with Django's own wording when it is asked, from now on."""
    Question._filled = _compared  # type: ignore[method-assign]


def _compared(self: Question[Any], kept: Any, values: dict[str, Any]) -> tuple[Any, ...]:
    filled = _fill(self, kept, values)
    _asked[id(self)] += 1
    if _asked[id(self)] <= TIMES:
        query: Any = self.plainly(**values).query
        if kept is self._inside:
            query.clear_ordering(clear_default=True)
        statement, plainly = query.sql_with_params()
        assert (bare(kept.statement), filled) == (bare(statement), plainly), self.__wrapped__
    return filled


def bare(statement: str) -> str:
    """A statement without the brackets in which Django puts an expression that something is compared with."""
    return statement.replace("(%s)", "%s")
