"""Which clocks a sweep finds due: each question is worded once, for it is asked four times a second on a bad night."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import F, QuerySet

from alerts.models import Clock
from cases.worded import Question


def batch(start: int, size: int, at: datetime) -> list[tuple[int, int]]:
    """So many due clocks from there on: each its child, and whether it waits for those of open episodes."""
    return _batch(start, size)(at)


def of(child_ids: Collection[int], at: datetime) -> list[Clock]:
    """The due clocks of these children."""
    return _of(child_ids, at)


def housemates(home_ids: Collection[int], most: int, at: datetime) -> list[int]:
    """The children of `most` due clocks of whoever lives in these homes."""
    return _housemates(most)(home_ids, at)


_of = Question(lambda ids, at: Clock.objects.due(at).filter(child__among=ids))


@lru_cache
def _batch(start: int, size: int) -> Question[Any]:
    def due(at: Any) -> QuerySet[Clock, Any]:
        found = Clock.objects.due(at).annotate(late=F("waits")).values_list("child_id", "late")
        return found[start : start + size]

    return Question(due)


@lru_cache
def _housemates(most: int) -> Question[Any]:
    def due(homes: Any, at: Any) -> QuerySet[Clock, Any]:
        there = Clock.objects.due(at).filter(
            child__placements__home__among=homes, child__placements__ends_at=None
        )
        return there.values_list("child_id", flat=True)[:most]

    return Question(due)
