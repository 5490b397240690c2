"""The sweep of many due clocks among many more idle ones, beside the bare statements that write the same rows."""

import os
import time

from tests.benchmarks import bare, population
from tests.benchmarks.population import R1_OWED
from tests.benchmarks.rows import Row, medians, row
from tests.database import Clone

DUE = int(os.environ.get("BENCH_DUE", "10000"))
IDLE = int(os.environ.get("BENCH_IDLE", "1000000"))
# Deciding on facts and resolving people may cost so many times the bare writing.
LIMIT = 3.0


def rows() -> list[Row]:
    """Seconds for all that R0 and R1 owe to every due child: alert, two steps, two events, messages, task, clock."""
    counts: dict[str, int] = {}
    with population.database_of_its_own() as filled:
        ids = population.fill(filled, due=DUE, idle=IDLE, homes=DUE // 4)
        ours, reference = medians(lambda: _ours(filled, counts), lambda: _bare(filled, ids, counts))
    return [row(f"sweep of {DUE:,} due clocks among {IDLE:,} idle (s)", ours, reference, LIMIT)]


def _ours(filled: Clone, counts: dict[str, int]) -> float:
    """Sweep a copy, and note how many rows that wrote."""
    from alerts import sweep

    with population.copy_of(filled) as own:
        began = time.perf_counter()
        swept = sweep.sweep_all(now=R1_OWED)
        took = time.perf_counter() - began
        counts |= bare.counts(own)
    if swept.clocks < DUE or swept.failed:
        raise RuntimeError(f"{swept} is not {DUE} clocks")
    return took


def _bare(filled: Clone, ids: list[int], counts: dict[str, int]) -> float:
    """Write as many rows into a copy; how many came of it is looked at, or the two would not be beside each other."""
    with population.copy_of(filled) as own:
        took = bare.writes(own, ids, counts)
        if (wrote := bare.counts(own)) != counts:
            raise RuntimeError(f"{wrote} is not {counts}")
    return took
