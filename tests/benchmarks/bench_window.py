"""One window's end among a million idle clocks to its mail accepted, by the workers and beat that are shipped."""

import os
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from tests.benchmarks import bench_outbox, population
from tests.benchmarks.bench_watchdog import Way
from tests.benchmarks.population import IDLE_UNTIL, R1_OWED
from tests.benchmarks.rows import Row, row
from tests.faults.kit.stage import LEASE, TIMEOUT, Stage, seconds_from

IDLE = int(os.environ.get("BENCH_IDLE", "1000000"))
WINDOWS = int(os.environ.get("BENCH_WINDOWS", "100"))
# So far from one window to the next that each finds nothing else to do, at every distance from a tick.
APART = timedelta(seconds=0.73)
# The first windows find processes that have only just started, and are not counted.
WARMING = 10
STARTS_IN = timedelta(seconds=15)


def rows() -> list[Row]:
    """Milliseconds from a window's end to its mail accepted, beside the second that is promised."""
    found = sorted(_latencies())
    name = f"one window's end among {IDLE:,} idle clocks to its mail accepted, as shipped, beside a second"
    return [
        row(f"{name}: median (ms)", found[len(found) // 2], 1000, 0.5),
        row(f"{name}: p99 (ms)", found[len(found) * 99 // 100], 1000, 1.5),
    ]


def _latencies() -> list[float]:
    from cases import clock

    with (
        bench_outbox.sink() as port,
        population.database_of_its_own() as own,
        tempfile.TemporaryDirectory() as folder,
    ):
        population.fill(own, due=WINDOWS + WARMING, idle=IDLE, homes=0)
        shift = seconds_from(clock.now(), R1_OWED + timedelta(seconds=1))
        ends = _spread(clock.now() + timedelta(seconds=shift) + STARTS_IN)
        way = cast(Any, Way(port=port))
        stage = Stage(own, Path(folder), way, way, shift, lease=LEASE, timeout=TIMEOUT)
        try:
            stage.start_redis()
            stage.workers()
            stage.beat()
            return _accepted(ends)[WARMING:]
        finally:
            stage.stop()


def _spread(first: datetime) -> dict[int, datetime]:
    """Let the windows of these children end one after another; return the instant of each."""
    from alerts.models import Clock

    due = Clock.objects.due(R1_OWED)
    children = list(due.order_by("child").values_list("child", flat=True).distinct())
    due.update(next_at=IDLE_UNTIL)
    ends = {child: first + number * APART for number, child in enumerate(children)}
    for child, at in ends.items():
        Clock.objects.filter(child=child, kind=Clock.Kind.CONTACT).update(next_at=at)
    return ends


def _accepted(ends: dict[int, datetime]) -> list[float]:
    """Wait for the first mail of each child, and return how many milliseconds after its window's end it was accepted."""
    from django.db.models import Min

    from alerts.models import Message

    sent = Message.objects.filter(status="sent", channel="mail", items__alert__child__in=list(ends))
    gives_up = time.monotonic() + 60 + STARTS_IN.total_seconds() + len(ends) * APART.total_seconds()
    while len(found := dict(sent.values_list("items__alert__child").annotate(at=Min("sent_at")))) < len(ends):
        if time.monotonic() > gives_up:
            raise RuntimeError(f"{len(ends) - len(found)} windows ended and no mail of them was accepted")
        time.sleep(1)
    return [(found[child] - at).total_seconds() * 1000 for child, at in ends.items()]
