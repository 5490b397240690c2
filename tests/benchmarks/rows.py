"""What a benchmark answers: its name with the unit, ours, the bare counterpart, how many times that, and the limit."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

Row = dict[str, object]
# How often what takes seconds is measured.
TIMES = 3


def row(name: str, ours: float, reference: float, limit: float) -> Row:
    return {"name": name, "ours": ours, "reference": reference, "ratio": ours / reference, "limit": limit}


def quick(
    action: Callable[[], object], times: int = 200, *, after: Callable[[], object] = lambda: None
) -> float:
    """The middle of so many times, in seconds."""
    taken = []
    for _ in range(times):
        began = perf_counter()
        action()
        taken.append(perf_counter() - began)
        after()
    return median(taken)


def medians(*measures: Callable[[], float], times: int = TIMES) -> list[float]:
    """The middle of so many runs of each; they take turns, so that what else the machine does meets all alike."""
    taken = [[measure() for measure in measures] for _ in range(times)]
    return [median(of_one) for of_one in zip(*taken, strict=True)]
