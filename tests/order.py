"""In which order a run takes its tests: what lasts longest begins first, in each of its processes.

A test of a minute that begins last leaves all cores but one with nothing to do.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import PurePath
from typing import TypeVar

T = TypeVar("T")
# Files with a test of half a minute or more, the longest first, and folders of tests that wait for real processes: in
# such a folder one process at a time waits, while the others work.
FIRST = (
    "test_story",
    "test_strangers",
    "test_addresses_kept",
    "test_lists_at_scale",
    "faults",
    "test_demo_states",
    "test_nights_replayed",
    "journeys",
    "test_access_property",
    "test_reads",
    "test_reviewing_officer_reads",
    "test_watchdog",
    "test_promise_machine",
    "test_promise_walks",
    "test_paper_machine",
)


def ordered(items: Sequence[T], path: Callable[[T], PurePath], *, processes: int) -> list[T]:
    """Return the items so that of the equal parts in which they are given to the processes each begins with its long ones.

    `path` tells the file of an item. Those of one long file or folder stay together.
    """
    groups: dict[int, list[T]] = {}
    for item in items:
        groups.setdefault(_rank(path(item)), []).append(item)
    rest = groups.pop(len(FIRST), [])
    long = [groups[rank] for rank in sorted(groups)]
    found: list[T] = []
    for number in range(processes):
        size = (len(items) - len(found)) // (processes - number)
        mine = [item for group in long[number::processes] for item in group]
        found += mine
        fill = max(size - len(mine), 0)
        found, rest = found + rest[:fill], rest[fill:]
    return found + rest


@cache
def _rank(path: PurePath) -> int:
    names = {*path.parts, path.stem}
    return next((rank for rank, name in enumerate(FIRST) if name in names), len(FIRST))
