"""The day of a move that was announced: whoever is watched closely around it, until it is known that it does not come then."""

import uuid
from collections.abc import Collection
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from cases import triggers
from cases.deadlines import london_day
from cases.models import Child, Journey, PlannedPlacement, Transfer, Trigger, User
from cases.models.triggers import AROUND
from cases.states import TransferStatus

# What is on record of a day that was announced and is none.
CALLED_OFF = _("The move was called off.")
ANOTHER_DAY = _("The child moved on another day.")
ANOTHER_AGREED = _("Another day was agreed.")


def of_planned(key: int, what: str = "day") -> uuid.UUID:
    """The key of the day of the planned placement with this key; or of its announcement."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"planned placement {key} {what}")


def of_transfer(key: uuid.UUID, day: date) -> uuid.UUID:
    """The key of a day that is agreed for this transfer: another each time that it is agreed after it was dropped."""
    return live(uuid.uuid5(key, f"day {day:%Y-%m-%d}"))


def of_those_who_stay(key: uuid.UUID) -> uuid.UUID:
    """The key of the same moment for those who stay behind."""
    return uuid.uuid5(key, "stays")


def in_other_words(key: uuid.UUID, words: str) -> uuid.UUID:
    """The key of the same moment for one who was told of it again, and said something else: `key` is that of the first time."""
    return uuid.uuid5(key, words)


def live(key: uuid.UUID) -> uuid.UUID:
    """The key of this moment now: one that was called off and is to come after all has another each time."""
    while Trigger.objects.filter(key__in=(key, of_those_who_stay(key)), answered_at__isnull=False).exists():
        key = uuid.uuid5(key, "again")
    return key


def watched(key: uuid.UUID, mover: int, *, at: datetime) -> set[int]:
    """The children for whom this moment of `mover` is a trigger whose closer watch is still to begin."""
    return {row.child_id for row in _coming(key, mover, at)}


def lock(key: uuid.UUID, mover: int, *, at: datetime) -> set[int]:
    """Lock `mover` and whoever is watched for this moment, in the order of their keys; return who they are."""
    found = {mover, *watched(key, mover, at=at)}
    return set(Child.objects.locked().filter(pk__in=found).order_by("pk").values_list("pk", flat=True))


def stand_down(
    key: uuid.UUID, mover: int, children: Collection[int], why: str, *, by: User | None, at: datetime
) -> None:
    """The moment is none for these locked children any more, where its closer watch has not begun.

    `mover` is whose move it was: where it goes on that day all the same, by another plan, all of them stay watched. With
    it goes what another plan left that ended while this one was for its day. In the record of `mover` alone it says who
    ended it: in another it would say where `mover` goes.
    """
    for row in _coming(key, mover, at):
        if row.child_id in children and row.child.closed_at is None and not _goes_all_the_same(mover, row):
            who = by if row.child_id == mover else None
            triggers.stand_down(row, row.child, why, by=who, at=at)


def _coming(key: uuid.UUID, mover: int, at: datetime) -> list[Trigger]:
    """What is watched for this moment, and for those that other plans left; also what was said of it when told again."""
    keys = [key, *_left(mover, at)]
    stays = [of_those_who_stay(key) for key in keys]
    rows = Trigger.objects.filter(kind=Trigger.Kind.MOVE, happens_at__gt=at + AROUND, answered_at=None)
    found = list(rows.filter(key__in=[*keys, *stays]).select_related("child"))
    again = rows.filter(child__in={row.child_id for row in found if row.key in stays}).select_related("child")
    return found + [row for row in again if row.key in {in_other_words(key, row.note) for key in stays}]


def _left(mover: int, at: datetime) -> list[uuid.UUID]:
    """The keys of the days of journeys that were broken off, of planned placements that are over, and of the transfers.

    Which days of a transfer were dropped is kept nowhere; around each that stays watched `mover` is watched itself, under
    whatever key it was announced first.
    """
    off = Journey.objects.filter(child=mover).exclude(reason="").values_list("key", flat=True)
    over = PlannedPlacement.objects.filter(child=mover).exclude(placement=None, ended_at=None)
    own = Trigger.objects.filter(child=mover, kind=Trigger.Kind.MOVE, happens_at__gt=at, answered_at=None)
    days = {london_day(moment) for moment in own.values_list("happens_at", flat=True)}
    transfers = Transfer.objects.filter(child=mover).values_list("key", flat=True) if days else ()
    return [
        *off,
        *(of_planned(pk) for pk in over.values_list("pk", flat=True)),
        *(of_transfer(key, day) for key in transfers for day in days),
    ]


def _goes_all_the_same(mover: int, row: Trigger) -> bool:
    """Whether another plan is for that day: it found them watched, and told of, and entered nothing of its own.

    Of a transfer on whose way the child is, or was, another day was agreed and is none.
    """
    day = london_day(row.happens_at)
    placed = PlannedPlacement.objects.open().filter(child=mover, planned_date=day)
    agreed = Transfer.objects.filter(status=TransferStatus.DATE_SET, child=mover, moves_date=day)
    return placed.exists() or agreed.exists()
