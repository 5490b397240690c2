"""Whether a child is late in the watch of its first days, which counts from its arrival."""

from datetime import datetime, timedelta

from alerts.applying import FIRST_DAYS
from alerts.models import Clock
from cases.models import Child

# The last window of a row may close after the row has ended.
WINDOW = timedelta(days=1)


def is_late(child: Child, at: datetime) -> bool:
    """By the clock that stands; while the child is looked for it rests, and what is late ends with the search alone."""
    clock = Clock.objects.filter(child=child, kind=Clock.Kind.CONTACT, resting=False).first()
    if clock is None or clock.due_at is None:
        return False
    return clock.due_at <= at and clock.due_at < child.arrived_at + FIRST_DAYS + WINDOW
