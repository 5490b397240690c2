"""The sweep of many due clocks among many more idle ones, beside the bare statements that write the same rows."""

import os
import time

from tests.benchmarks import bare, population
from tests.benchmarks.population import R1_OWED
from tests.benchmarks.rows import Row, row

DUE = int(os.environ.get("BENCH_DUE", "10000"))
IDLE = int(os.environ.get("BENCH_IDLE", "1000000"))
# Deciding on facts and resolving people may cost so many times the bare writing.
LIMIT = 3.0


def rows() -> list[Row]:
    """Seconds for all that R0 and R1 owe to every due child: alert, two steps, two events, messages, task, clock."""
    with population.database_of_its_own() as own:
        population.fill(own, due=DUE, idle=IDLE, homes=DUE // 4)
        ours = _ours()
        counts = bare.counts(own)
    with population.database_of_its_own() as own:
        ids = population.fill(own, due=DUE, idle=IDLE, homes=DUE // 4)
        reference = bare.writes(own, ids, counts)
    return [row(f"sweep of {DUE:,} due clocks among {IDLE:,} idle (s)", ours, reference, LIMIT)]


def _ours() -> float:
    from alerts import sweep

    began = time.perf_counter()
    swept = sweep.sweep_all(now=R1_OWED)
    took = time.perf_counter() - began
    if swept.clocks < DUE or swept.failed:
        raise RuntimeError(f"{swept} is not {DUE} clocks")
    return took
