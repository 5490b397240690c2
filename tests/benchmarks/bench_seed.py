"""The demo's five years of children, written at the first start, beside the minute that they may take."""

import os
import time

from django.core.management import call_command

from tests.benchmarks import population
from tests.benchmarks.rows import Row, medians, row

ARRIVALS = int(os.environ.get("BENCH_ARRIVALS", "9287"))
PROMISED = 60.0


def rows() -> list[Row]:
    (took,) = medians(_took)
    return [
        row(
            f"{ARRIVALS:,} children of the demo written at its first start, beside the minute promised (s)",
            took,
            PROMISED,
            1.0,
        )
    ]


def _took() -> float:
    with population.database_of_its_own():
        began = time.perf_counter()
        call_command("seed_demo", "--into-empty-database", f"--arrivals={ARRIVALS}", "--json")
        return time.perf_counter() - began
