"""The time itself: the database's clock, plus a shift that only tests and demo may set."""

from datetime import datetime, timedelta

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
