"""The watchdog alone, with Redis, beat and every worker off, beside the same work done by workers whose ticks beat sends."""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from tests.benchmarks import bench_outbox, population
from tests.benchmarks.population import R1_OWED
from tests.benchmarks.rows import Row, medians, row
from tests.faults.kit.stage import Stage, seconds_from

ALERTS = int(os.environ.get("BENCH_WATCHED", "2000"))
# What is promised: at least nine tenths of the rate.
LIMIT = 1 / 0.9


@dataclass(frozen=True)
class Way:
    """What stands in for a sink and a gateway: where they listen."""

    port: int = 0
    url: str = ""


def rows() -> list[Row]:
    """Seconds from the first alert opened to the last mail accepted."""
    alone, worker, shipped = medians(
        lambda: _took(lambda stage: stage.watchdog()),
        lambda: _took(lambda stage: _ticked(stage, lambda: stage.worker(processes=1))),
        lambda: _took(lambda stage: _ticked(stage, stage.workers)),
    )
    name = f"{ALERTS:,} alerts to the last mail by the watchdog alone, beside workers with Redis and beat"
    return [
        row(f"{name}, of one process (s)", alone, worker, LIMIT),
        row(f"{name}, of all as shipped (s)", alone, shipped, LIMIT),
    ]


def _ticked(stage: Stage, workers: Callable[[], object]) -> None:
    stage.start_redis()
    workers()
    stage.beat()


def _took(start: Callable[[Stage], Any]) -> float:
    from django.db.models import Max, Min

    from alerts.models import Alert, Message
    from cases import clock

    with (
        bench_outbox.sink() as port,
        population.database_of_its_own() as own,
        tempfile.TemporaryDirectory() as folder,
    ):
        population.fill(own, due=ALERTS, idle=0, homes=0)
        shift = seconds_from(clock.now(), R1_OWED + timedelta(seconds=1))
        way = cast(Any, Way(port=port))
        stage = Stage(own, Path(folder), way, way, shift, lease=30)
        try:
            start(stage)
            sent = Message.objects.filter(status="sent")
            while sent.count() < ALERTS:
                time.sleep(0.2)
        finally:
            stage.stop()
        first = Alert.objects.aggregate(at=Min("opened_at"))["at"]
        return float((sent.aggregate(at=Max("sent_at"))["at"] - first).total_seconds())
