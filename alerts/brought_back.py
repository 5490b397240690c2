"""What was lowered or lifted until a day, and counts again: a bounded part with each sweep, before the clocks."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import QuerySet

from cases import attempts, care, concerns, mark_ends, restrictions, risk_ends

# So many grades, and of each kind so many marks, one sweep brings back: many end with the same day, and clocks wait.
BACK_AT_MOST = 20


def restore_risks(now: datetime) -> None:
    """A lower risk has ended; of whom it fails, it is tried again with the next sweep, and stops no other child's."""
    over = list(risk_ends.over(now).order_by("risk_until", "pk").values_list("pk", flat=True))
    attempts.each(
        over, lambda pk: risk_ends.restore(pk, at=now), fault="risk_not_restored", most=BACK_AT_MOST
    )


def bring_marks_back(now: datetime) -> None:
    """A mark was lifted until now: it counts again; of whom it fails, it is tried again, and stops no other child's."""
    marks: tuple[tuple[QuerySet[Any], Callable[..., bool]], ...] = (
        (mark_ends.restrictions_over(now), restrictions.restrict_again),
        (mark_ends.keep_from_over(now), concerns.keep_from_again),
        (mark_ends.concerns_over(now), concerns.mark_again),
        (care.over(now), care.come_back),
    )
    for over, again in marks:
        keys = list(over.order_by("back_at", "pk").values_list("pk", flat=True))
        attempts.each(keys, partial(again, at=now), fault="mark_not_back", most=BACK_AT_MOST)
