"""Whose turn it is: in a run of all, a marked test is taken in one run in so many.

Once in a month where a test reaches nothing but what others reach too; every few days where it takes long for the little that
it reaches alone, or looks once more at what others look at. Which ones these are says their mark, `by_turns`, and is found by
`tests/reach.py` and `tests/choosing.py` (docs/adr/0170). Whoever names files, folders or words of tests has all that they name;
so does `./run faults`.

A plugin of pytest.
"""

import os
from types import FunctionType
from typing import Any
from zlib import crc32

import pytest

MARK = "by_turns"
# Of what has the mark alone each is taken once in so many runs whose numbers follow one another; whole weeks would give some
# to Sundays alone.
SELDOM = 29
# And of what the mark gives a number: what every run would take if it had the time.
SOON = 8
# The launcher gives a run of all a number, that of a day; nobody else does.
NUMBER = "ROLLCALL_TURN"
# Other digits of a sum than those by which tests/counts.py has one in two, three, four or twelve of the same words.
OTHER_DIGITS = 36
# How many tests wait for their turn, each with all its cases.
WAITING = pytest.StashKey[int]()


def is_turn_of(words: object, one_in: int = SELDOM) -> bool:
    """Whether this run takes what these words name, which is taken in one run in so many; in a run without a number, always."""
    number = os.environ.get(NUMBER)
    return not number or (crc32(str(words).encode()) // OTHER_DIGITS + int(number)) % one_in == 0


def waits(path: str, made: object) -> bool:
    """Whether what a file of tests has made waits for its turn: a test that is marked, with all its cases."""
    if not isinstance(made, FunctionType):
        return False
    marks = (mark for mark in getattr(made, "pytestmark", ()) if mark.name == MARK)
    return any(not is_turn_of(f"{path}::{made.__name__}", *mark.args) for mark in marks)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, obj: object) -> list[pytest.Item] | None:
    """Leave out what waits before anything is made of it, which is much of what collecting takes."""
    if not waits(collector.nodeid, obj):
        return None
    collector.config.stash[WAITING] = collector.config.stash.get(WAITING, 0) + 1
    return []


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let a process of several tell the one that waits for them."""
    getattr(session.config, "workeroutput", {})[MARK] = session.config.stash.get(WAITING, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear how many wait from a process; each of them has left out the same."""
    told = getattr(node, "workeroutput", {}).get(MARK, 0)
    # One that has crashed has said nothing.
    node.config.stash[WAITING] = max(told, node.config.stash.get(WAITING, 0))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how many tests wait, but where only what failed is tried again."""
    if (waiting := config.stash.get(WAITING, 0)) and not config.getoption("lf", default=False):
        terminalreporter.write_line(f"{waiting} tests wait for their turn; ./run test all takes them too.")
