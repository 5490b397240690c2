"""Celery's beat, whose sweeps and sendings come each second: four times as seldom, and nothing hangs on it there."""

import sys

from config.celery import app

SECONDS = 1.0

if __name__ == "__main__":
    for name in ("sweep", "drain-outbox"):
        app.conf.beat_schedule[name]["schedule"] = SECONDS
    app.start(sys.argv[1:])
