"""Mails that wait, sent by two senders beside one: processes of their own, as workers are."""

import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from tests.benchmarks import bench_outbox, population
from tests.benchmarks.bench_watchdog import Way
from tests.benchmarks.population import R1_OWED
from tests.benchmarks.rows import Row, medians, row
from tests.faults.kit.stage import Stage, seconds_from

MAILS = int(os.environ.get("BENCH_SENT", "4000"))


def rows() -> list[Row]:
    """Seconds from the first mail accepted to the last."""
    two, one = medians(lambda: _took(2), lambda: _took(1))
    return [row(f"{MAILS:,} mails by two senders, beside one (s)", two, one, 1.0)]


def _took(senders: int) -> float:
    from django.db.models import Max, Min

    from alerts import sweep
    from alerts.models import Message
    from cases import clock

    with (
        bench_outbox.sink() as port,
        population.database_of_its_own() as own,
        tempfile.TemporaryDirectory() as folder,
    ):
        population.fill(own, due=MAILS, idle=0, homes=0)
        sweep.sweep_all(now=R1_OWED)
        shift = seconds_from(clock.now(), R1_OWED + timedelta(seconds=1))
        way = cast(Any, Way(port=port))
        stage = Stage(own, Path(folder), way, way, shift, lease=30)
        sent = Message.objects.filter(status="sent")
        try:
            for _ in range(senders):
                stage.sender()
            while sent.count() < MAILS:
                time.sleep(0.2)
        finally:
            stage.stop()
        span = sent.aggregate(first=Min("sent_at"), last=Max("sent_at"))
        return float((span["last"] - span["first"]).total_seconds())
