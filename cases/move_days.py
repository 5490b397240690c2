"""The day of a move that was announced: whoever is watched closely around it, until it is known that it does not come then."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases import triggers
from cases.deadlines import london_day
from cases.models import Child, PlannedPlacement, Transfer, Trigger, User
from cases.models.triggers import AROUND

# What is on record of a day that was announced and is none.
CALLED_OFF = _("The move was called off.")
ANOTHER_DAY = _("The child moved on another day.")


def of_those_who_stay(key: uuid.UUID) -> uuid.UUID:
    """The key of the same moment for the brothers and sisters who stay behind."""
    return uuid.uuid5(key, "stays")


def watched(key: uuid.UUID, *, at: datetime) -> set[int]:
    """The children for whom this moment is a trigger whose closer watch is still to begin."""
    return set(_coming(key, at).values_list("child", flat=True))


def lock(key: uuid.UUID, mover: int, *, at: datetime) -> set[int]:
    """Lock `mover` and whoever is watched for this moment, in the order of their keys; return who they are."""
    found = {mover, *watched(key, at=at)}
    return set(Child.objects.locked().filter(pk__in=found).order_by("pk").values_list("pk", flat=True))


def stand_down(
    key: uuid.UUID, mover: int, children: Collection[int], why: str, *, by: User, at: datetime
) -> None:
    """The moment is none for these locked children any more, where its closer watch has not begun.

    `mover` is whose move it was: where it goes on that day all the same, by another plan, all of them stay watched.
    """
    open_now = Child.objects.filter(pk__in=children, closed_at=None)
    for row in _coming(key, at).filter(child__in=open_now).select_related("child"):
        if not _goes_all_the_same(mover, row):
            triggers.stand_down(row, row.child, why, by=by, at=at)


def _coming(key: uuid.UUID, at: datetime) -> QuerySet[Trigger]:
    rows = Trigger.objects.filter(key__in=(key, of_those_who_stay(key)), happens_at__gt=at + AROUND)
    return rows.filter(kind=Trigger.Kind.MOVE, answered_at=None)


def _goes_all_the_same(mover: int, row: Trigger) -> bool:
    """Whether another plan is for that day: it found them watched, and told of, and entered nothing of its own."""
    day = london_day(row.happens_at)
    placed = PlannedPlacement.objects.open().filter(child=mover, planned_date=day)
    return placed.exists() or Transfer.objects.open().filter(child=mover, moves_date=day).exists()
