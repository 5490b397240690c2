"""The day on which a child goes to another authority is a trigger: for the child, and for those linked with it who stay."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from django.utils.functional import Promise

from cases import called_off, move_days, partings
from cases.catalogue import written
from cases.deadlines import london_day, midday
from cases.models import Child, Journey, Transfer, User
from cases.models.triggers import AROUND
from cases.transfers import steps

# The fields that `asked` fills.
SAID = ("parted", "parted_date")


def lock(
    transfer: Transfer, *, day: date | None = None, at: datetime
) -> tuple[Transfer, list[Child], set[int]]:
    """The transfer under the lock of its child, and those linked with it whom it leaves behind, locked as well.

    Nobody stays behind of a child who is looked for, nor where a planned journey has told of it already, unless that is
    called off because this `day` is agreed. Last come the keys of those who are watched for the day that stood until now,
    locked with them.
    """
    told = was_told(transfer.child, day, at=at)
    goes = not told and not steps.is_sought(transfer)
    watched = _watched(transfer, at=at)
    staying = partings.lock_with_staying(transfer.child, goes=goes, watched=watched, at=at)
    return steps.locked(transfer), staying, watched


def lock_watched(transfer: Transfer, *, at: datetime) -> tuple[Transfer, set[int]]:
    """The transfer under the lock of its child, and of whoever is watched for its day, or its journey's, who are returned."""
    rows = Child.objects.locked().filter(pk__in=_watched(transfer, at=at)).order_by("pk")
    watched = set(rows.values_list("pk", flat=True))
    return steps.locked(transfer), watched


def was_told(child: Child, day: date | None, *, at: datetime) -> bool:
    """Whether a journey has told of the move, and told of it still where this `day` is agreed."""
    is_off = day is not None and called_off.by_day(child.pk, day, at=at) is not None
    return partings.is_told(child) and not is_off


def watched(transfer: Transfer, *, at: datetime) -> set[int]:
    """Who is watched around the day that `transfer` as it was read has, not locked: for whoever locks many."""
    return _around(transfer, transfer.moves_date, at=at)


def drop(
    transfer: Transfer,
    agreed: date | None,
    watched: Collection[int],
    why: str | Promise,
    *,
    day: date | None = None,
    by: User | None,
    at: datetime,
) -> None:
    """Nobody of these locked children is watched any more around the day that was `agreed`, where `day` is another.

    `day` is the one that is agreed now, or on which the child set out or came; None where it does not go. Who calls has
    saved that, and says `why` in the words of `move_days`. `by` is None where the engine says so, of an authority that
    ends by itself.
    """
    if agreed is not None and agreed != day:
        key = move_days.of_transfer(transfer.key, agreed)
        move_days.stand_down(key, transfer.child_id, watched, written(why), by=by, at=at)


def asked(
    transfer: Transfer, day: date, staying: Sequence[Child], *, parted: str, by: User, at: datetime
) -> list[Child]:
    """Those of them whom `by` may open and was to ask; what they said to this day is kept with the transfer.

    Raises `partings.NotAsked` where nobody says it. Whoever calls saves `SAID`.
    """
    told = partings.asked(transfer.child, staying, words=parted, by=by, at=at)
    if told:
        transfer.parted, transfer.parted_date = parted.strip(), day
    return told


def asked_now(
    transfer: Transfer, staying: Sequence[Child], *, parted: str, by: User, at: datetime
) -> list[Child]:
    """The same before the child leaves, where nobody asked them to the day that is agreed: else nobody."""
    if transfer.moves_date is None or was_asked(transfer):
        return []
    return asked(transfer, transfer.moves_date, staying, parted=parted, by=by, at=at)


def was_asked(transfer: Transfer) -> bool:
    """Whether somebody has said what those who stay said to the day that is agreed now."""
    return transfer.moves_date is not None and transfer.parted_date == transfer.moves_date


def of_day(
    transfer: Transfer, day: date, staying: Sequence[Child], told: Sequence[Child], *, by: User, at: datetime
) -> None:
    """Watch them closely around the agreed day; and from now on, where that watch is not on yet: they are told."""
    moves_at, key = midday(day), move_days.of_transfer(transfer.key, day)
    moments = {key: moves_at}
    if at < moves_at - AROUND:
        moments[uuid.uuid5(key, "told")] = at
    _watch(transfer, staying, told, moments, by=by, at=at)


def of_departure(
    transfer: Transfer,
    left_at: datetime,
    staying: Sequence[Child],
    told: Sequence[Child],
    *,
    by: User,
    at: datetime,
) -> None:
    """The same of a departure, as far as the agreed day has not told of it: on another day, or by whoever could ask nobody."""
    day = london_day(left_at)
    if told or day != transfer.moves_date:
        _watch(
            transfer, staying, told, {uuid.uuid5(transfer.key, f"left {day:%Y-%m-%d}"): left_at}, by=by, at=at
        )


def _watch(
    transfer: Transfer,
    staying: Sequence[Child],
    told: Sequence[Child],
    moments: Mapping[uuid.UUID, datetime],
    *,
    by: User,
    at: datetime,
) -> None:
    words = transfer.parted if told else ""
    partings.watch_move(transfer.child, staying, told, words=words, moments=moments, by=by, at=at)


def _watched(transfer: Transfer, *, at: datetime) -> set[int]:
    around = _around(transfer, _agreed(transfer), at=at)
    return {transfer.child_id} | around | called_off.watched(transfer.child_id, Journey.Kind.TRANSFER, at=at)


def _around(transfer: Transfer, day: date | None, *, at: datetime) -> set[int]:
    if day is None:
        return set()
    return move_days.watched(move_days.of_transfer(transfer.key, day), transfer.child_id, at=at)


def _agreed(transfer: Transfer) -> date | None:
    """The day as it stands, and not as whoever calls has read it: who is watched around it is locked with the child."""
    return Transfer.objects.values_list("moves_date", flat=True).get(pk=transfer.pk)
