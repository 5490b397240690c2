"""Room for the frames of deep calls, taken once: at the end of a piece Python maps and unmaps memory at every call."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# Words of a frame that asks for a piece of 512 KiB and leaves half of it: enough for a thousand calls within one another.
_SLOTS = 33_000


def _call(act: Callable[..., Any], *words: Any, **named: Any) -> Any:
    return act(*words, **named)


_call.__code__ = _call.__code__.replace(co_stacksize=_SLOTS)


def with_headroom(act: Callable[P, R]) -> Callable[P, R]:
    """Return `act` so that all it calls has its frames in one piece of memory.

    CPython keeps frames in pieces of 16 KiB. A loop that calls across the end of one gets a new piece and gives it
    back each time around: of a page, a sweep or a mail that was a quarter of the time. Nothing else is changed.
    """

    def roomy(*words: P.args, **named: P.kwargs) -> R:
        result: R = _call(act, *words, **named)
        return result

    # An application of a framework is no function, and has no name.
    return update_wrapper(roomy, act) if hasattr(act, "__name__") else roomy
