"""One after another, each by itself: what fails is reported and tried again later, and stops none of the rest."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

_Item = TypeVar("_Item")
logger = structlog.get_logger(__name__)


def each(items: Iterable[_Item], do: Callable[[_Item], int], *, fault: str, most: int | None = None) -> int:
    """Call `do` for each of the items and return the sum of what it answers; a failure is logged as `fault`.

    Once that sum is `most` the rest is left; what failed or answered 0 counts for nothing and keeps none from its turn.

    `do` makes its own commit: there is none around all of them.
    """
    done = 0
    for item in items:
        if most is not None and done >= most:
            break
        try:
            done += do(item)
        except Exception:
            logger.exception(fault, item=getattr(item, "pk", item))
    return done
