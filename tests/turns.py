"""Whose turn it is: in a run of all, a test that reaches nothing but what others reach too is taken one time in so many.

Which ones these are is found by `tests/reach.py`, and says their mark, `by_turns` (docs/adr/0170). Whoever names files, folders
or words of tests has all that they name; so does `./run faults`.
"""

import os
from collections.abc import Sequence
from zlib import crc32

import pytest

MARK = "by_turns"
# Each of them is taken once in so many runs whose numbers follow one another; whole weeks would give some to Sundays alone.
ONE_IN = 13
# The launcher gives a run of all a number, that of a day; nobody else does.
NUMBER = "ROLLCALL_TURN"
# How many waited in a run of several processes.
waiting = pytest.StashKey[int]()


def takes_part(name: str, number: int) -> bool:
    """Whether a test that is marked is taken in the run of this number: with all its cases, some of which need the others."""
    return (crc32(name.partition("[")[0].encode()) + number) % ONE_IN == 0


def parted(items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return those that this run takes and those that wait for their turn."""
    number = os.environ.get(NUMBER)
    found: tuple[list[pytest.Item], list[pytest.Item]] = ([], [])
    for item in items:
        waits = number and item.get_closest_marker(MARK) and not takes_part(item.nodeid, int(number))
        found[bool(waits)].append(item)
    return found
