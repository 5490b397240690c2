"""The timeline of a child: the event log and the outbox as one story, newest first, in plain words."""

from alerts.timeline.bands import Band, Month
from alerts.timeline.entries import Entry, Unproved
from alerts.timeline.folds import SystemEvents
from alerts.timeline.groups import GROUPS, SYSTEM
from alerts.timeline.pages import PAGE, Asked, Timeline, of

__all__ = [
    "GROUPS",
    "PAGE",
    "SYSTEM",
    "Asked",
    "Band",
    "Entry",
    "Month",
    "SystemEvents",
    "Timeline",
    "Unproved",
    "of",
]
