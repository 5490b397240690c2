"""The children of the demo, written by its first start and looked through by the next, in the time that either may take."""

import os
import time
from statistics import median

from django.core.management import call_command

from tests.benchmarks import population
from tests.benchmarks.rows import Row, row

ARRIVALS = int(os.environ.get("BENCH_ARRIVALS", "9287"))
PROMISED = 60.0
TURNS = 3
# A start on the same day is there in about ten seconds, of which this may take one and a half.
AGAIN = 1.5


def rows() -> list[Row]:
    turns = [_took() for _ in range(TURNS)]
    first, again = (median(times) for times in zip(*turns, strict=True))
    children = f"{ARRIVALS:,} children of the demo"
    return [
        row(
            f"{children} written at its first start, beside the minute promised (s)",
            first,
            PROMISED,
            1.0,
        ),
        row(
            f"{children} looked through at its second start, beside a second and a half (s)",
            again,
            AGAIN,
            1.0,
        ),
    ]


def _took() -> tuple[float, float]:
    with population.database_of_its_own():
        first = _seconds("--into-empty-database", f"--arrivals={ARRIVALS}", "--json")
        return first, _seconds("--at-start")


def _seconds(*words: str) -> float:
    began = time.perf_counter()
    call_command("seed_demo", *words)
    return time.perf_counter() - began
