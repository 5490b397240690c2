"""How much a test does: a little in each run of ./run test that takes it, all of it in ./run faults (docs/adr/0138).

What uses this stands in FULL_COUNTS of scripts/launcher/checks.py, or nothing would ever run it in full.
"""

import os
from collections.abc import Sequence
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")
# ./run faults sets this: the same tests at the counts of a bad night.
FULL = os.environ.get("FAULTS") == "full"


def counts(small: T, full: T) -> T:
    """Return what this run does of two amounts, or two lists of cases."""
    return full if FULL else small


def one_in(words: object, number: int) -> int:
    """Return which of so many takes its turn for these words: the same in every run, and each about as often."""
    return crc32(str(words).encode()) % number


def a_third(cases: Sequence[T], words: object) -> Sequence[T]:
    """Return which of the cases take their turn for these words: one in three and at least one, or all of them in full."""
    return cases if FULL else cases[one_in(words, min(3, len(cases) or 1)) :: 3]
