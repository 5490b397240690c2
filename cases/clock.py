"""The time itself: the database's clock, plus a shift that only tests and demo may set."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

# A device up to five minutes fast is read as now; anything later is refused as a date in the future.
TOLERANCE = timedelta(minutes=5)


def now() -> datetime:
    """Return the database's present instant in UTC, moved by `CLOCK_SHIFT` seconds; call once at the edge and pass on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (instant,) = cursor.fetchone()
    return instant + timedelta(seconds=settings.CLOCK_SHIFT)


def ticking() -> Callable[[], datetime]:
    """Return a clock that asks the database once and goes on by this machine's stop-watch: for a batch of some seconds."""
    began, watch = now(), time.monotonic()
    return lambda: began + timedelta(seconds=time.monotonic() - watch)


def machine_ahead() -> timedelta:
    """How far this machine's own clock is ahead of the database's; negative when behind."""
    with connection.cursor() as cursor:
        before = datetime.now(UTC)
        cursor.execute("SELECT clock_timestamp()")
        (instant,) = cursor.fetchone()
        after = datetime.now(UTC)
    return before + (after - before) / 2 - instant


def machine() -> datetime:
    """This machine's own clock: for the watchdog, which must speak when the database is away, and the sessions Django keeps."""
    return datetime.now(UTC)


def as_read_at(first: datetime, said: datetime) -> datetime:
    """A moment that was typed, as it was read when its form came `first`: up to five minutes ahead it was "now".

    Of the same words sent once more, when that moment has come, it is still what it was read as.
    """
    return first if first < said <= first + TOLERANCE else said
