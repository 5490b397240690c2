"""A row is asked for by its key alone in a third of the time: whom a verb locks, who has signed in, what a row leads to."""

from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import AutoField, Q, QuerySet
from django.db.models.query import MAX_GET_RESULTS, ModelIterable
from django.db.models.sql import Query

from cases.worded import Question

_djangos = QuerySet.get
# How rows are locked, as `select_for_update` keeps it.
_LOCK = (
    "select_for_update",
    "select_for_update_nowait",
    "select_for_update_skip_locked",
    "select_for_update_of",
    "select_for_no_key_update",
)
# Past that a key may be none of its column's.
_KEYS = range(1, 2**31)


def take_up() -> None:
    """Have every model's rows be got this way, from now on."""
    QuerySet.get = get  # type: ignore[method-assign]


def get(self: Any, *args: Any, **named: Any) -> Any:
    """What `QuerySet.get` answers [Django 5.2], asked in words that are kept where a key alone says which row is meant."""
    key = _key(self.model, args, named)
    if key is None or not _is_bare(self):
        return _djangos(self, *args, **named)
    for row in _by_key(self.model, *(getattr(self.query, name) for name in _LOCK))(key):
        return row
    raise self.model.DoesNotExist(f"{self.model._meta.object_name} matching query does not exist.")


def _key(model: Any, args: tuple[Any, ...], named: dict[str, Any]) -> int | None:
    """The key, where a number is given as one; None where more is asked for, or something else."""
    said: Any = [*named.items()]
    if len(args) == 1 and type(args[0]) is Q and not args[0].negated:
        # As a row's relation asks for what it leads to.
        said += args[0].children
    elif args:
        return None
    if len(said) != 1 or type(said[0]) is not tuple:
        return None
    name, value = said[0]
    is_one = type(value) is int and value in _KEYS and name in _names(model)
    return value if is_one else None


@cache
def _names(model: Any) -> frozenset[str]:
    """By which names the rows are asked for by their key."""
    key = model._meta.pk
    return frozenset(("pk", key.name)) if isinstance(key, AutoField) else frozenset()


def _is_bare(rows: "QuerySet[Any, Any]") -> bool:
    """Whether these are all rows there are, as they are, locked or not."""
    asked: Any = rows
    return (
        asked._iterable_class is ModelIterable
        and not (asked._prefetch_related_lookups or asked._known_related_objects)
        and asked._db in (None, DEFAULT_DB_ALIAS)
        and _asks_for_all(asked.query, _all_rows(asked.model))
    )


def _asks_for_all(query: Any, plain: Query) -> bool:
    # What was never said of it is kept with the class.
    return all(name in _LOCK or getattr(plain, name) == said for name, said in vars(query).items())


@cache
def _all_rows(model: Any) -> Query:
    return Query(model)


@cache
def _by_key(model: Any, *locks: Any) -> Question[Any]:
    def word(key: Any) -> "QuerySet[Any, Any]":
        rows: QuerySet[Any, Any] = QuerySet(model).filter(pk=key).order_by()
        vars(rows.query).update(zip(_LOCK, locks, strict=True))
        return rows[:MAX_GET_RESULTS]

    return Question(word)
