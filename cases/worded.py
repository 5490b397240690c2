"""A question that is always the same is worded once: Django takes longer to word most than PostgreSQL to answer them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import update_wrapper
from inspect import signature
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Expression, QuerySet
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
)
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")

# What makes objects or values of the rows of an answer.
Make = Callable[[list[Any]], list[Any]]


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
    """The statement of a question, with its values and places in their order."""

    statement: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class _Asked(_Kept):
    """And what is done with it, and with its answer."""

    is_locking: bool
    make: Make
    beside: "tuple[_Beside, ...]"


class _Beside:
    """The rows that point at those of a question, which has them prefetched: worded once as well."""

    def __init__(self, model: Any, name: str) -> None:
        self.name, self.field = name, model._meta.get_field(name).field
        rows = self.field.model._default_manager
        self.question: Question[Any] = Question(
            lambda keys: rows.filter(**{f"{self.field.name}__among": keys})
        )

    def give(self, rows: list[Any]) -> None:
        """Let each row have its own, as Django's prefetching does [Django 5.2]."""
        own: dict[Any, list[Any]] = {row.pk: [] for row in rows}
        of_key = {row.pk: row for row in rows}
        for one in self.question(own.keys()):
            key = getattr(one, self.field.attname)
            self.field.set_cached_value(one, of_key[key])
            own[key].append(one)
        for row in rows:
            theirs = getattr(row, self.name).all()
            theirs._result_cache, theirs._prefetch_done = own[row.pk], True
            vars(row).setdefault("_prefetched_objects_cache", {})[self.name] = theirs


class Question(Generic[Row]):
    """What a function asks with some values, worded when it is first asked; each value takes the place of a `Given`."""

    def __init__(self, word: Callable[..., "QuerySet[Any, Row]"]) -> None:
        self._word = word
        self._names = tuple(signature(word).parameters)
        self._kept: _Asked | None = None
        self._inside: _Kept | None = None
        update_wrapper(self, word)

    def __call__(self, *args: Any, **values: Any) -> list[Row]:
        """Ask, and return the rows; in the words of the function, with its rows, and with none of its query to go on from."""
        values |= zip(self._names, args, strict=False)
        kept, own = self._kept or self._worded(), connections[DEFAULT_DB_ALIAS]
        if kept.is_locking and own.get_autocommit():
            raise TransactionManagementError("What is locked is asked for in a transaction.")
        with own.cursor() as cursor:
            cursor.execute(kept.statement, self._filled(kept, values))
            found = cursor.fetchall()
        rows = kept.make(found)
        for beside in kept.beside if rows else ():
            beside.give(rows)
        return rows

    def within(self, *args: Any, **values: Any) -> Within:
        """The same as what a key of another question is one of: `filter(pk__in=those.within(at))`."""
        values |= zip(self._names, args, strict=False)
        kept = self._inside or self._worded_inside()
        return Within(kept.statement, self._filled(kept, values))

    def plainly(self, **values: Any) -> "QuerySet[Any, Row]":
        """The same question as Django words it each time."""
        return self._word(**values)

    def _worded(self) -> _Asked:
        queryset: Any = self._word(**self._givens)
        compiler, statement, values = _wording(queryset)
        is_locking, make = queryset.query.select_for_update, _making(queryset, compiler)
        beside = tuple(_Beside(queryset.model, name) for name in queryset._prefetch_related_lookups)
        self._kept = _Asked(statement, values, is_locking, make, beside)
        return self._kept

    def _worded_inside(self) -> _Kept:
        queryset: Any = self._word(**self._givens)
        # As Django does: in what order the others lie is nobody's question.
        queryset.query.clear_ordering(clear_default=True)
        self._inside = _Kept(*_wording(queryset)[1:])
        return self._inside

    @property
    def _givens(self) -> dict[str, Given]:
        return {name: Given(name) for name in self._names}

    def _filled(self, kept: _Kept, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values of the statement in their order."""
        return tuple(one.filled(values) if type(one) is Place else one for one in kept.values)


def _wording(queryset: Any) -> tuple[Any, str, tuple[Any, ...]]:
    compiler = queryset.query.get_compiler(connection=connection)
    statement, values = compiler.as_sql()
    return compiler, statement, tuple(values)


def _making(queryset: Any, compiler: Any) -> Make:
    """What Django's iterables do [Django 5.2], which ask anew how with each answer. It keeps nothing of the connection."""
    make = _OF_KIND[queryset._iterable_class](compiler)
    columns = [column for column, *_written in compiler.select[: compiler.col_count]]
    converters = [*compiler.get_converters(columns).items()]
    if not converters:
        return make

    def converted(rows: list[Any]) -> list[Any]:
        found = [[*row] for row in rows]
        for place, (steps, column) in converters:
            for row in found:
                for step in steps:
                    row[place] = step(row[place], column, connection)
        return make(found)

    return converted


def _objects(compiler: Any) -> Make:
    selected, kind, annotated = compiler.select, compiler.klass_info, [*compiler.annotation_col_map.items()]
    model, start, end = kind["model"], kind["select_fields"][0], kind["select_fields"][-1] + 1
    names = [column.target.attname for column, *_written in selected[start:end]]
    related = get_related_populators(kind, selected, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]

    def make(rows: list[Any]) -> list[Any]:
        found = []
        for row in rows:
            one = model.from_db(DEFAULT_DB_ALIAS, names, row[start:end])
            for populator in related:
                populator.populate(row, one)
            for name, place in annotated:
                setattr(one, name, row[place])
            found.append(one)
        return found

    return make


def _tuples(compiler: Any) -> Make:
    end = compiler.col_count
    return lambda rows: [tuple(row[:end]) for row in rows]


def _values(_compiler: Any) -> Make:
    return lambda rows: [row[0] for row in rows]


_OF_KIND: Mapping[Any, Callable[[Any], Make]] = {
    ModelIterable: _objects,
    ValuesListIterable: _tuples,
    FlatValuesListIterable: _values,
}


def worded(word: Callable[..., "QuerySet[Any, Row]"]) -> Question[Row]:
    """Have what this function asks be worded once for all values, which may be no `None`, and no lists of `in` but of `among`."""
    return Question(word)
