"""The demo's five years of children, written at the first start, beside the minute that they may take."""

import os
import time

from django.core.management import call_command

from tests.benchmarks import population
from tests.benchmarks.rows import Row, row

ARRIVALS = int(os.environ.get("BENCH_ARRIVALS", "9287"))
PROMISED = 60.0


def rows() -> list[Row]:
    with population.database_of_its_own():
        began = time.perf_counter()
        call_command("seed_demo", "--into-empty-database", f"--arrivals={ARRIVALS}", "--json")
        took = time.perf_counter() - began
    return [
        row(
            f"{ARRIVALS:,} children of the demo written at its first start, beside the minute promised (s)",
            took,
            PROMISED,
            1.0,
        )
    ]
