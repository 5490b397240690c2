"""What a million idle clocks cost: the empty sweep and the claim beside those among ten thousand."""

import os

import psycopg2
from django.db import connection

from tests.benchmarks import population
from tests.benchmarks.population import ARRIVED, R1_OWED
from tests.benchmarks.rows import Row, quick, row
from tests.database import Clone

FEW, MANY = 10_000, int(os.environ.get("BENCH_IDLE", "1000000"))
# It asks of sixteen works whether any is owed, each of which may cost three looks: nine tenths of that is planning, and
# half of them join two tables or more.
LOOKS_ALLOWED = 48.0
# Messages of which 100 are claimed.
MESSAGES = 150


def rows() -> list[Row]:
    few, many = _among(FEW), _among(MANY)
    return [
        row(f"empty sweep among {MANY:,} idle clocks, beside {FEW:,} (ms)", many["empty"], few["empty"], 1.2),
        row(
            f"empty sweep among {MANY:,} idle clocks, beside one indexed look (ms)",
            many["empty"],
            many["look"],
            LOOKS_ALLOWED,
        ),
        row(
            f"claim of 100 among {MANY:,} idle clocks, beside {FEW:,} (ms)", many["claim"], few["claim"], 1.2
        ),
    ]


def _among(idle: int) -> dict[str, float]:
    """Milliseconds of each, with so many idle clocks in the database."""
    with population.database_of_its_own() as own:
        population.fill(own, due=MESSAGES, idle=idle, homes=0)
        found = _empty(own) | {"claim": _claim()}
    return {name: seconds * 1000 for name, seconds in found.items()}


def _empty(own: Clone) -> dict[str, float]:
    """An empty sweep, and the one statement that it cannot do without."""
    from alerts import sweep

    with psycopg2.connect(own.dsn) as raw, raw.cursor() as cursor:

        def look() -> None:
            cursor.execute("SELECT id FROM alerts_clock WHERE next_at <= %s LIMIT 500", [ARRIVED])
            cursor.fetchall()

        return {"empty": quick(lambda: sweep.sweep(now=ARRIVED)), "look": quick(look)}


def _claim() -> float:
    from alerts import claims, sweep

    sweep.sweep_all(now=R1_OWED)

    def claim() -> None:
        if len(claims.claim(R1_OWED, 100)) < 100:
            raise RuntimeError("fewer than 100 were claimed")

    def put_back() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE alerts_message SET status = 'queued', lease_until = NULL WHERE status = 'sending'"
            )

    return quick(claim, 40, after=put_back)
