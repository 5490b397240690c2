"""A process of one kind of work: sends or sweeps over and over, as a worker's tick does, until it is ended."""

import sys
import time

import django


def main(work: str) -> None:
    """Work for ever."""
    django.setup()
    from alerts import delivery, sweep
    from cases import clock

    print("ready", flush=True)
    while True:
        if work == "deliver":
            done = delivery.deliver(clock=clock.now)
        else:
            done = sweep.sweep(now=clock.now()).clocks
        if not done:
            time.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1])
