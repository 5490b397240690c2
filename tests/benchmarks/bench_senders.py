"""Senders and sweepers that are processes of their own, as workers are: two of them beside one, and a sweeper beside senders."""

import os
import smtplib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from tests.benchmarks import bench_outbox, population
from tests.benchmarks.bench_watchdog import Way
from tests.benchmarks.population import R1_OWED
from tests.benchmarks.rows import Row, medians, row
from tests.faults.kit.stage import LEASE, TIMEOUT, Stage, seconds_from

MAILS = int(os.environ.get("BENCH_SENT", "10000"))
# Seconds until a process that was started is at work.
STARTS_IN = 8


def rows() -> list[Row]:
    """Seconds of two beside one, of sending and of sweeping, and from the sweep's start to the last mail beside smtplib."""
    two, one = medians(lambda: _took(2), lambda: _took(1))
    by_both, alone = medians(lambda: _swept(2), lambda: _swept(1))
    mail = _a_mail()
    by_one, by_two, bare = medians(
        lambda: _swept_and_sent(1), lambda: _swept_and_sent(2), lambda: _bare(mail)
    )
    name = f"{MAILS:,} alerts to the last mail accepted"
    return [
        row(f"{MAILS:,} mails by two senders, beside one (s)", two, one, 1.0),
        row(f"{MAILS:,} deadlines to the last alert by two sweepers, beside one (s)", by_both, alone, 1.0),
        row(
            f"{name}, a sweeper and a sender at work, beside ready mails by smtplib alone (s)",
            by_one,
            bare,
            5.0,
        ),
        row(f"{name}, a sweeper and two senders, beside the same (s)", by_two, bare, 5.0),
        row(f"{name}, a sweeper and two senders, beside a sweeper and one (s)", by_two, by_one, 1.0),
    ]


def _a_mail() -> bytes:
    """What the engine sends of one child."""
    from alerts import sweep

    with population.database_of_its_own() as own:
        population.fill(own, due=1, idle=0, homes=0)
        sweep.sweep_all(now=R1_OWED)
        return bench_outbox.a_mail()


def _bare(mail: bytes) -> float:
    """Seconds for such a mail, ready-made, as many times over one connection."""
    with bench_outbox.sink() as port:
        began = time.perf_counter()
        server = smtplib.SMTP("127.0.0.1", port, local_hostname="bench.example")
        for _ in range(MAILS):
            server.sendmail("alerts@bench.example", ["duty@bench.example"], mail)
        server.quit()
        return time.perf_counter() - began


def _swept_and_sent(senders: int) -> float:
    """Seconds from the start of the first sweep to the last mail accepted, by the instants on record."""
    from django.db.models import Max

    from alerts.models import Alert, Message

    with _a_stage() as stage:
        for _ in range(senders):
            stage.sender()
        # They are at work when the sweeper comes.
        time.sleep(STARTS_IN)
        stage.sweeper()
        sent = Message.objects.filter(status="sent")
        while sent.count() < MAILS:
            time.sleep(0.2)
        if Message.objects.unsent().exists():
            raise RuntimeError(f"{Message.objects.unsent().count()} unsent")
        began = Alert.objects.order_by("opened_at").values_list("opened_at", flat=True)[0]
        return float((sent.aggregate(last=Max("sent_at"))["last"] - began).total_seconds())


def _took(senders: int) -> float:
    from django.db.models import Max, Min

    from alerts import sweep
    from alerts.models import Message

    with _a_stage() as stage:
        sweep.sweep_all(now=R1_OWED)
        for _ in range(senders):
            stage.sender()
        sent = Message.objects.filter(status="sent")
        while sent.count() < MAILS:
            time.sleep(0.2)
        span = sent.aggregate(first=Min("sent_at"), last=Max("sent_at"))
        return float((span["last"] - span["first"]).total_seconds())


def _swept(sweepers: int) -> float:
    """Seconds from the instant at which all deadlines pass to the last alert on record, with sweepers at work by then."""
    from alerts.models import Alert
    from cases import clock

    with _a_stage(at=R1_OWED - timedelta(seconds=STARTS_IN), homes=MAILS // 4) as stage:
        for _ in range(sweepers):
            stage.sweeper()
        while (found := Alert.objects.count()) < MAILS:
            time.sleep(0.02 if found else 0.1)
        return (clock.now() + timedelta(seconds=stage.shift) - R1_OWED).total_seconds()


@contextmanager
def _a_stage(*, at: datetime = R1_OWED + timedelta(seconds=1), homes: int = 0) -> Iterator[Stage]:
    """As many deadlines as mails are to be, at that instant, and nobody at work yet."""
    from cases import clock

    with (
        bench_outbox.sink() as port,
        population.database_of_its_own() as own,
        tempfile.TemporaryDirectory() as folder,
    ):
        population.fill(own, due=MAILS, idle=0, homes=homes)
        shift = seconds_from(clock.now(), at)
        way = cast(Any, Way(port=port))
        stage = Stage(own, Path(folder), way, way, shift, lease=LEASE, timeout=TIMEOUT)
        try:
            yield stage
        finally:
            stage.stop()
