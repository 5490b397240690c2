"""The sweep of many due clocks among many more idle ones, beside the bare statements that write the same rows."""

import os
import time
from collections.abc import Callable

import psycopg2

from tests.benchmarks import bare, population
from tests.benchmarks.population import ARRIVED, R1_OWED
from tests.database import Clone

DUE = int(os.environ.get("BENCH_DUE", "10000"))
IDLE = int(os.environ.get("BENCH_IDLE", "1000000"))
# Deciding on facts and resolving people may cost so many times the bare writing.
LIMIT = 8.0


def rows() -> list[dict[str, object]]:
    """Seconds for all that R0 and R1 owe to every due child: alert, two steps, two events, messages, task, clock."""
    with population.database_of_its_own() as own:
        population.fill(own, due=DUE, idle=IDLE, homes=DUE // 4)
        ours = _ours()
        counts = bare.counts(own)
    with population.database_of_its_own() as own:
        ids = population.fill(own, due=DUE, idle=IDLE, homes=DUE // 4)
        reference = bare.writes(own, ids, counts)
    with population.database_of_its_own() as own:
        population.fill(own, due=10, idle=IDLE, homes=3)
        empty, look = _empty(own)
    return [
        {
            "name": f"sweep of {DUE:,} due clocks among {IDLE:,} idle (s)",
            "ours": ours,
            "reference": reference,
            "ratio": ours / reference,
            "limit": LIMIT,
        },
        {
            "name": f"empty sweep among {IDLE:,} idle clocks, beside one indexed look (ms)",
            "ours": empty * 1000,
            "reference": look * 1000,
            "ratio": empty / look,
            "limit": 30.0,
        },
    ]


def _ours() -> float:
    from alerts import sweep

    began = time.perf_counter()
    swept = sweep.sweep_all(now=R1_OWED)
    took = time.perf_counter() - began
    if swept.clocks < DUE or swept.failed:
        raise RuntimeError(f"{swept} is not {DUE} clocks")
    return took


def _empty(own: Clone) -> tuple[float, float]:
    """The median of an empty sweep, and of the one statement that it cannot do without."""
    from alerts import sweep

    def sweeping() -> None:
        sweep.sweep(now=ARRIVED)

    with psycopg2.connect(own.dsn) as connection, connection.cursor() as cursor:

        def look() -> None:
            cursor.execute("SELECT id FROM alerts_clock WHERE next_at <= %s LIMIT 500", [ARRIVED])
            cursor.fetchall()

        return _median(sweeping), _median(look)


def _median(action: Callable[[], None], times: int = 200) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        taken.append(time.perf_counter() - began)
    return sorted(taken)[times // 2]
