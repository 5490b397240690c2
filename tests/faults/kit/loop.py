"""A process of one kind of work: sends or sweeps over and over, as a worker's tick does, until it is ended."""

import os
import sys
import time
import traceback
from datetime import timedelta

import django


def main(work: str) -> None:
    """Work for ever."""
    django.setup()
    from alerts import delivery, sweep, watchdog
    from cases import clock
    from config import patience

    patience.keep()
    # A test run that was killed must not leave its processes behind.
    parent = os.getppid()
    if work == "hasty_watchdog":
        # The watchdog's own loop, with less patience for trouble than a real night needs.
        watchdog.TROUBLE_LASTS = timedelta(seconds=2)
        watchdog.run(clock=clock.now)
    if work == "ticks":
        tick(parent)
    while os.getppid() == parent:
        done = (
            delivery.deliver(clock=clock.ticking())
            if work == "deliver"
            else sweep.sweep(now=clock.now()).clocks
        )
        if not done:
            time.sleep(0.1)


def tick(parent: int) -> None:
    """What beat and one Celery worker do together: a tick that fails is reported, and the next one comes."""
    from django.db import Error, close_old_connections

    from alerts import tasks

    while os.getppid() == parent:
        for task in (tasks.sweep, tasks.drain_outbox):
            close_old_connections()
            try:
                task()
            except Error:
                traceback.print_exc()
        time.sleep(0.5)


if __name__ == "__main__":
    main(sys.argv[1])
