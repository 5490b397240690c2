"""A row becomes an object in a quarter of the time: Django sets and asks about each value by itself."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

_djangos = Model.from_db.__func__  # type: ignore[attr-defined]


def take_up() -> None:
    """Have every model make its objects from rows this way, from now on."""
    Model.from_db = classmethod(from_db)  # type: ignore[method-assign,assignment]


def from_db(cls: type[Model], db: str | None, names: Sequence[str], values: Sequence[Any]) -> Model:
    """What `Model.from_db` answers [Django 5.2], which goes by `__init__`: that is asked of what it must be asked of."""
    plain = _plain(cls)
    if plain is None or len(values) != len(plain) or cls.__init__ is not Model.__init__ or _is_heard(cls):
        made: Model = _djangos(cls, db, names, values)
        return made
    new = cls.__new__(cls)
    state = new._state = ModelState()
    state.adding, state.db = False, db
    vars(new).update(zip(plain, values, strict=True))
    return new


@cache
def _plain(cls: type[Model]) -> tuple[str, ...] | None:
    """The attributes of a row in their order; None where to set one is more than to keep the value."""
    names = tuple(field.attname for field in cls._meta.concrete_fields)
    kept = all(isinstance(vars(_owner(cls, name))[name], DeferredAttribute) for name in names)
    return names if kept else None


def _is_heard(cls: type[Model]) -> bool:
    """Whether somebody is to be told of each object; asked of each row, and quickly where nobody listens at all."""
    if not pre_init.receivers and not post_init.receivers:
        return False
    return pre_init.has_listeners(cls) or post_init.has_listeners(cls)


def _owner(cls: type[Model], name: str) -> type:
    return next(base for base in cls.__mro__ if name in vars(base))
