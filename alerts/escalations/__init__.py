"""The verbs of an alert, and the only writers of its status: climb, stand down, hold, verify."""

from alerts.escalations.answers import confirm_with_child, hear_from_office, on_it, verify
from alerts.escalations.climbs import climb
from alerts.escalations.dues import Due
from alerts.escalations.standdowns import ACCOUNTED_FOR, stand_down

__all__ = [
    "ACCOUNTED_FOR",
    "Due",
    "climb",
    "confirm_with_child",
    "hear_from_office",
    "on_it",
    "stand_down",
    "verify",
]
