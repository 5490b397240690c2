"""What a benchmark answers: its name with the unit, ours, the bare counterpart, how many times that, and the limit."""

from collections.abc import Callable
from time import perf_counter

Row = dict[str, object]


def row(name: str, ours: float, reference: float, limit: float) -> Row:
    return {"name": name, "ours": ours, "reference": reference, "ratio": ours / reference, "limit": limit}


def quick(
    action: Callable[[], object], times: int = 200, *, after: Callable[[], object] = lambda: None
) -> float:
    """The seconds that a tenth of so many times stays within: what else the machine does lengthens the others."""
    taken = []
    for _ in range(times):
        began = perf_counter()
        action()
        taken.append(perf_counter() - began)
        after()
    return sorted(taken)[times // 10]
