"""A question that is always the same is worded once: Django takes longer to word most than PostgreSQL to answer them."""

from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from functools import update_wrapper
from inspect import signature
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Expression, QuerySet
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")


@dataclass(frozen=True)
class Place:
    """Where a value stands in a statement: its name, and by how long it is moved where it is an instant."""

    name: str
    moved: timedelta

    def filled(self, values: Mapping[str, Any]) -> Any:
        """The value for PostgreSQL; raises ValueError where it is none, which would be another question."""
        value = values[self.name]
        if value is None:
            raise ValueError(f"{self.name}: no value")
        if self.moved:
            return value + self.moved
        return [*value] if isinstance(value, Collection) and not isinstance(value, str) else value


class Given(Expression):
    """A value that the wording does not know yet; an instant may be moved by a span, and nothing else is done with it."""

    def __init__(self, name: str, moved: timedelta = timedelta()) -> None:
        super().__init__()
        self.place = Place(name, moved)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self.place]

    def __add__(self, span: Any) -> Any:
        if not isinstance(span, timedelta):
            return NotImplemented
        return Given(self.place.name, self.place.moved + span)

    def __sub__(self, span: Any) -> Any:
        return self + -span


class Within(Expression):
    """A question inside another, as what a key is one of: its statement as it is kept, with its values filled in."""

    def __init__(self, statement: str, values: tuple[Any, ...]) -> None:
        super().__init__()
        self.statement, self.values = statement, values

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return f"({self.statement})", [*self.values]


@dataclass(frozen=True)
class _Kept:
    """The statement of a question, its values and places in their order, and what makes rows of the answer."""

    statement: str
    values: tuple[Any, ...]
    compiler: Any
    queryset: Any


class Question(Generic[Row]):
    """What a function asks with some values, worded when it is first asked; each value takes the place of a `Given`."""

    def __init__(self, word: Callable[..., "QuerySet[Any, Row]"]) -> None:
        self._word = word
        self._names = tuple(signature(word).parameters)
        self._kept: _Kept | None = None
        self._inside: _Kept | None = None
        update_wrapper(self, word)

    def __call__(self, *args: Any, **values: Any) -> list[Row]:
        """Ask, and return the rows; in the words of the function, with its rows, and with none of its query to go on from."""
        values |= zip(self._names, args, strict=False)
        kept = self._kept or self._worded()
        query: Any = copy(kept.queryset.query)
        if query.select_for_update and connection.get_autocommit():
            raise TransactionManagementError("What is locked is asked for in a transaction.")
        compiler = copy(kept.compiler)
        compiler.query, compiler.connection = query, connection
        compiler.as_sql = lambda *_how, **_more: (kept.statement, self._filled(kept, values))
        query.get_compiler = lambda *_how, **_more: compiler
        rows: Any = QuerySet(kept.queryset.model, query=query, using=connection.alias)
        rows._iterable_class, rows._fields = kept.queryset._iterable_class, kept.queryset._fields
        rows._prefetch_related_lookups = kept.queryset._prefetch_related_lookups
        return list(rows)

    def within(self, *args: Any, **values: Any) -> Within:
        """The same as what a key of another question is one of: `filter(pk__in=those.within(at))`."""
        values |= zip(self._names, args, strict=False)
        kept = self._inside or self._worded_inside()
        return Within(kept.statement, self._filled(kept, values))

    def plainly(self, **values: Any) -> "QuerySet[Any, Row]":
        """The same question as Django words it each time."""
        return self._word(**values)

    def _worded(self) -> _Kept:
        self._kept = _kept(self._word(**self._givens))
        return self._kept

    def _worded_inside(self) -> _Kept:
        queryset: Any = self._word(**self._givens)
        # As Django does: in what order the others lie is nobody's question.
        queryset.query.clear_ordering(clear_default=True)
        self._inside = _kept(queryset)
        return self._inside

    @property
    def _givens(self) -> dict[str, Given]:
        return {name: Given(name) for name in self._names}

    def _filled(self, kept: _Kept, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values of the statement in their order."""
        return tuple(one.filled(values) if type(one) is Place else one for one in kept.values)


def _kept(queryset: Any) -> _Kept:
    compiler = queryset.query.get_compiler(connection=connection)
    statement, values = compiler.as_sql()
    # That of the thread that worded it: kept, it would stand open for as long as the process.
    compiler.connection = None
    return _Kept(statement, tuple(values), compiler, queryset)


def worded(word: Callable[..., "QuerySet[Any, Row]"]) -> Question[Row]:
    """Have what this function asks be worded once for all values, which may be no `None`, and no lists of `in` but of `among`."""
    return Question(word)
