"""A process of one kind of work: sends or sweeps over and over, as a worker's tick does, until it is ended."""

import json
import os
import sys
import threading
import time
import traceback
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import django

from tests.counts import counts

# Seconds for which a sender or a sweeper rests that finds nothing to do, and at least those between two ticks of one kind:
# at small counts seldom, as each look at nothing costs what a look at something does.
REST, TICK = counts((0.25, 1.0), (0.1, 0.0))


def main(work: str) -> None:
    """Work for ever."""
    django.setup()
    from alerts import delivery, sweep, watchdog
    from cases import clock
    from config import patience

    patience.keep()
    keep_time()
    # A process that forks leaves its threads behind.
    os.register_at_fork(after_in_child=keep_time)
    set_machine(timedelta(seconds=float(os.environ.get("MACHINE_AHEAD", "0"))))
    # A test run that was killed must not leave its processes behind.
    parent = os.getppid()
    if work == "hasty_watchdog":
        # The watchdog's own loop, with less patience for trouble than a real night needs.
        watchdog.TROUBLE_LASTS = timedelta(seconds=2)
        watchdog.run(clock=clock.now)
    if work == "ticks":
        tick(parent)
    if work == "hurry":
        lasts, stride = (
            timedelta(seconds=float(os.environ[name])) for name in ("HURRY_SECONDS", "HURRY_STRIDE")
        )
        hurry(parent, lasts, stride)
        return
    while os.getppid() == parent:
        done = (
            delivery.deliver(clock=clock.ticking())
            if work == "deliver"
            else sweep.sweep(now=clock.now()).clocks
        )
        if not done:
            time.sleep(REST)


def keep_time() -> None:
    """Follow the test's clock beside the work."""
    threading.Thread(target=follow, daemon=True).start()


def follow() -> None:
    """Let this process's time be what the test says it is now, where it says so."""
    from django.conf import settings

    file = Path(os.environ.get("CLOCK_FILE", os.devnull))
    while file.is_file():
        settings.CLOCK_SHIFT = int(file.read_text() or settings.CLOCK_SHIFT)
        time.sleep(0.05)


def set_machine(ahead: timedelta) -> None:
    """Let this process's machine have a clock so far ahead of the true time."""
    from cases import clock

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + ahead

    if ahead:
        clock.datetime = Ahead


def tick(parent: int) -> None:
    """What beat and one Celery worker do together: a tick that fails is reported, and the next one comes."""
    from django.db import Error, close_old_connections

    from alerts import tasks

    ticks = take_ticks_here()
    due = dict.fromkeys((tasks.sweep, tasks.drain_outbox), 0.0)
    while os.getppid() == parent:
        for task in [task for task, at in due.items() if at <= time.monotonic()]:
            close_old_connections()
            try:
                task()
            except Error:
                traceback.print_exc()
            due[task] = time.monotonic() + max(ticks[task.name], TICK)
        time.sleep(max(min(due.values()) - time.monotonic(), 0))


def take_ticks_here() -> dict[str, float]:
    """Let a sweep that did anything send in this process, where it would wake a worker; how often beat ticks, by task."""
    from config.celery import app

    app.conf.task_always_eager = True
    return {one["task"]: one["schedule"] for one in app.conf.beat_schedule.values()}


def hurry(parent: int, lasts: timedelta, stride: timedelta) -> None:
    """Work through a long time with the workers' ticks and the watchdog's looks, in as little as the work takes.

    Where nothing is left to do, `stride` after the last one is now: what the work took is part of it, so that a busy
    machine comes to no later hour. Says when a person was told, and how far it went.
    """
    from django.conf import settings

    from alerts import tasks, watchdog
    from alerts.models import Clock, Message
    from cases import clock

    take_ticks_here()
    watch, passed, told = watchdog.Watch(), timedelta(0), None
    began = time.monotonic()
    while passed < lasts and os.getppid() == parent:
        tasks.sweep()
        tasks.drain_outbox()
        # Read now: what the work itself has owed is to be done before the next stride as well.
        now = clock.now()
        ready = Message.objects.unsent().filter(next_try_at__lte=now, joins_from=None)
        if ready.exists() or Clock.objects.due(now).exists():
            continue
        looked = watchdog.look(watch, clock=clock.now, steady=passed.total_seconds)
        told = passed.total_seconds() if looked.told and told is None else told
        worked = timedelta(seconds=time.monotonic() - began)
        began += worked.total_seconds()
        settings.CLOCK_SHIFT += max(stride - worked, timedelta(0)).total_seconds()
        passed += max(stride, worked)
    print(json.dumps({"told": told, "shift": settings.CLOCK_SHIFT}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
