"""What a million idle clocks cost: the empty sweep, the claim and one window's end beside those among ten thousand."""

import os
import time

import psycopg2
from django.db import connection

from tests.benchmarks import bench_outbox, population
from tests.benchmarks.population import ARRIVED, IDLE_UNTIL, R1_OWED
from tests.benchmarks.rows import Row, quick, row
from tests.database import Clone

FEW, MANY = 10_000, int(os.environ.get("BENCH_IDLE", "1000000"))
# Windows that end one after another, and messages of which 100 are claimed.
WINDOWS, MESSAGES = 200, 150


def rows() -> list[Row]:
    few, many = _among(FEW), _among(MANY)
    ends = (
        f"one window's end among {MANY:,} idle clocks to its mail accepted, in one process, beside a second"
    )
    return [
        row(f"empty sweep among {MANY:,} idle clocks, beside {FEW:,} (ms)", many["empty"], few["empty"], 1.2),
        row(
            f"empty sweep among {MANY:,} idle clocks, beside one indexed look (ms)",
            many["empty"],
            many["look"],
            20.0,
        ),
        row(
            f"claim of 100 among {MANY:,} idle clocks, beside {FEW:,} (ms)", many["claim"], few["claim"], 1.2
        ),
        row(f"{ends}: median (ms)", many["median"], 1000, 0.5),
        row(f"{ends}: p99 (ms)", many["p99"], 1000, 1.5),
    ]


def _among(idle: int) -> dict[str, float]:
    """Milliseconds of each, with so many idle clocks in the database."""
    with population.database_of_its_own() as own, bench_outbox.sink() as port:
        ids = population.fill(own, due=WINDOWS + MESSAGES, idle=idle, homes=0)
        found = _empty(own)
        ends = _windows(ids[:WINDOWS], port)
        claim = _claim()
    return {
        name: seconds * 1000
        for name, seconds in {
            **found,
            "claim": claim,
            "median": ends[WINDOWS // 2],
            "p99": ends[WINDOWS * 99 // 100],
        }.items()
    }


def _empty(own: Clone) -> dict[str, float]:
    """An empty sweep, and the one statement that it cannot do without."""
    from alerts import sweep

    with psycopg2.connect(own.dsn) as raw, raw.cursor() as cursor:

        def look() -> None:
            cursor.execute("SELECT id FROM alerts_clock WHERE next_at <= %s LIMIT 500", [ARRIVED])
            cursor.fetchall()

        return {"empty": quick(lambda: sweep.sweep(now=ARRIVED)), "look": quick(look)}


def _windows(ids: list[int], port: int) -> list[float]:
    """Seconds from one window's end to its mail accepted, one child after another, the shortest first."""
    from alerts import sweep
    from alerts.models import Clock

    due = dict(Clock.objects.due(R1_OWED).values_list("child", "next_at"))
    Clock.objects.due(R1_OWED).update(next_at=IDLE_UNTIL)
    seconds = []
    for child in ids:
        Clock.objects.filter(child=child, kind="contact").update(next_at=due.pop(child))
        began = time.perf_counter()
        sweep.sweep(now=R1_OWED)
        sent = bench_outbox.send_all(port)
        seconds.append(time.perf_counter() - began)
        if not sent:
            raise RuntimeError(f"no mail of child {child}")
    for child, moment in due.items():
        Clock.objects.filter(child=child, kind="contact").update(next_at=moment)
    return sorted(seconds)


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
