"""One after another, each by itself: what fails is reported and tried again later, and stops none of the rest."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import structlog

_Item = TypeVar("_Item")
logger = structlog.get_logger(__name__)
# Who counts what fails, the outermost first.
_COUNTS: ContextVar[tuple[Counter[str], ...]] = ContextVar("counts", default=())


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count by its fault what fails within, however deep: whoever goes on over a failure has to say that there was one."""
    faults: Counter[str] = Counter()
    before = _COUNTS.set((*_COUNTS.get(), faults))
    try:
        yield faults
    finally:
        _COUNTS.reset(before)


def count(fault: str) -> None:
    """Let whoever counts hear of `fault`, which its handler has logged."""
    for faults in _COUNTS.get():
        faults[fault] += 1


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
            count(fault)
    return done
