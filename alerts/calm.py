"""What wakes nobody: paper, reviews, a second pair of eyes, what is owed by a day, and what is left to do after a death."""

from datetime import datetime, time

from alerts import tiers
from alerts.after import OF_DEATH
from alerts.duties import BY_A_DAY
from alerts.models import Clock
from alerts.paper_rules import Paper
from alerts.transfer_ladder import Owed

# From then on, in London, and until the night somebody may be rung about it.
MORNING = time(8)
# Of a child who is on the way, or missing on it, somebody is rung at any hour.
ON_THE_WAY = frozenset({Owed.ARRIVAL, Owed.MISSING})


def is_by_mail(kind: str, duty: str, *, has_died: bool) -> bool:
    """Whether this step of a search is told by mail alone."""
    return kind == Clock.Kind.DUTY and (has_died or duty in OF_DEATH or duty in BY_A_DAY)


def is_rung_by_day(kind: str, duty: str, *, has_died: bool) -> bool:
    """Whether a call about it waits for the day; the hours of police protection wait for no office."""
    is_paper = kind == Clock.Kind.PAPERWORK and duty != Paper.PROTECTION
    is_paper = is_paper or (kind == Clock.Kind.TRANSFER and duty not in ON_THE_WAY)
    # Nobody is woken for a meeting, however long nobody has recorded it, nor for a visit by somebody else than who saw the child.
    waits = kind in {Clock.Kind.REVIEW, Clock.Kind.SECOND_EYES}
    return is_paper or waits or is_by_mail(kind, duty, has_died=has_died)


def rings_at(moment: datetime) -> datetime:
    """`moment`, or where London has night then eight in the morning after it."""
    return tiers.by_day(moment, MORNING)
