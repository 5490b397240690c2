"""A process of one kind of work: sends or sweeps over and over, as a worker's tick does, until it is ended."""

import os
import sys
import time
from datetime import timedelta

import django


def main(work: str) -> None:
    """Work for ever."""
    django.setup()
    from alerts import delivery, sweep, watchdog
    from cases import clock

    # A test run that was killed must not leave its processes behind.
    parent = os.getppid()
    if work == "hasty_watchdog":
        # The watchdog's own loop, with less patience for trouble than a real night needs.
        watchdog.TROUBLE_LASTS = timedelta(seconds=2)
        watchdog.run(clock=clock.now)
    while os.getppid() == parent:
        done = (
            delivery.deliver(clock=clock.ticking())
            if work == "deliver"
            else sweep.sweep(now=clock.now()).clocks
        )
        if not done:
            time.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1])
