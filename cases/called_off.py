"""A journey that is not to be made any more, because what it was planned for is none: no pick-up is asked for."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases import log, move_days
from cases.catalogue import written
from cases.deadlines import london_day
from cases.models import Child, Journey, JourneyConfirmation, MissingEpisode, Placement, Transfer, User
from cases.worded import Question

# Why it is over.
WITHDRAWN = _("The transfer was withdrawn")
DECLINED = _("The transfer was declined")
ANOTHER_DAY = _("Another day was agreed for the transfer")
PLACED = _("The child was placed before it began")
ADULT = _("The child was assessed as an adult")


def coming(child_id: int, kind: str, *, at: datetime) -> Journey | None:
    """The open journey of this kind that is to begin yet: no stop confirmed, and its departure to come.

    One that is late, or on its way, goes on until whoever breaks it off says who has seen the child since: no paper
    ends the asking for a child who may be with the escorts.
    """
    journey = next(iter(_OPEN(child_id, kind)), None)
    if journey is None or at >= journey.departs_at:
        return None
    confirmed = JourneyConfirmation.objects.standing().filter(stop__journey=journey)
    return None if confirmed.exists() else journey


_OPEN = Question(lambda child, kind: Journey.objects.open().filter(child=child, kind=kind)[:1])


def watched(child_id: int, kind: str, *, at: datetime) -> set[int]:
    """Who is watched for the day of such a journey, to be locked with the child."""
    journey = coming(child_id, kind, at=at)
    return move_days.watched(journey.key, child_id, at=at) if journey is not None else set()


def going_there(transfers: Iterable[Transfer]) -> list[Transfer]:
    """Those of these transfers beside which a journey to the receiver is open, wherever that has come to."""
    found = list(transfers)
    if not found:
        return []
    there = Journey.objects.open().filter(
        kind=Journey.Kind.TRANSFER, child__in=[one.child_id for one in found]
    )
    children = set(there.values_list("child_id", flat=True))
    return [one for one in found if one.child_id in children]


def with_transfer(
    transfer: Transfer, watched: Collection[int], *, by: User | None, at: datetime
) -> Journey | None:
    """The transfer of the locked child is withdrawn: the journey there is called off, and so is its day for those `watched`.

    `by` is None where the engine says so, of an authority that ends by itself.
    """
    journey = coming(transfer.child_id, Journey.Kind.TRANSFER, at=at)
    return journey and _call_off(journey, transfer.child, WITHDRAWN, watched, by=by, at=at)


def by_day(child_id: int, day: date, *, at: datetime) -> Journey | None:
    """The journey of a transfer that is called off where this day is agreed; one that is planned for this day stays."""
    journey = coming(child_id, Journey.Kind.TRANSFER, at=at)
    return None if journey is None or london_day(journey.departs_at) == day else journey


def with_day(
    transfer: Transfer, day: date, watched: Collection[int], *, by: User, at: datetime
) -> Journey | None:
    """This day is agreed of the transfer of the locked child: a journey of another day is called off, as above."""
    journey = by_day(transfer.child_id, day, at=at)
    return journey and _call_off(journey, transfer.child, ANOTHER_DAY, watched, by=by, at=at)


def with_answer(transfer: Transfer, watched: Collection[int], *, by: User, at: datetime) -> Journey | None:
    """The transfer of the locked child is declined: nobody takes it there, and a journey that was planned early is called off."""
    journey = coming(transfer.child_id, Journey.Kind.TRANSFER, at=at)
    return journey and _call_off(journey, transfer.child, DECLINED, watched, by=by, at=at)


def with_placement(child: Child, placement: Placement, *, by: User, at: datetime) -> Journey | None:
    """The locked child lives elsewhere since the move was planned: nobody is picked up where it lived then.

    Of a placement that had begun by then the move is still to come.
    """
    journey = coming(child.pk, Journey.Kind.MOVE, at=at)
    if journey is None or placement.starts_at < journey.planned_at:
        return None
    return _call_off(journey, child, PLACED, {child.pk}, by=by, at=at)


def lock(child_id: int, *, at: datetime) -> set[int]:
    """Lock the child and whoever is watched for the day of its open journey, wherever that has come to; return who they are.

    Without a journey nobody is locked yet, and it is the child alone.
    """
    journey = Journey.objects.open().filter(child=child_id).first()
    return move_days.lock(journey.key, child_id, at=at) if journey is not None else {child_id}


def with_assessment(child: Child, watched: Collection[int], *, by: User, at: datetime) -> Journey | None:
    """Nobody is asked any more where the locked child is: its open journey is over, wherever it has come to.

    Its day is none for those `watched`, as `lock` returned them, either: nobody leaves them then. A search keeps the watch,
    and the journey with it.
    """
    journey = Journey.objects.open().filter(child=child).first()
    if journey is None or MissingEpisode.objects.open().filter(child=child).exists():
        return None
    return _call_off(journey, child, ADULT, watched, by=by, at=at)


def _call_off(
    journey: Journey, child: Child, why: Promise, watched: Collection[int], *, by: User | None, at: datetime
) -> Journey:
    end(journey, child, why, by=by, at=at)
    off = written(move_days.CALLED_OFF)
    move_days.stand_down(journey.key, child.pk, watched, off, by=by, at=at)
    return journey


def end(journey: Journey, child: Child, why: str | Promise, *, by: User | None, at: datetime) -> Journey:
    """Break this journey of the locked child off; a reason that the service gives is kept in the record's language."""
    journey.ended_at, journey.ended_by = at, by
    journey.reason = why if isinstance(why, str) else written(why)
    journey.save(update_fields=["ended_at", "ended_by", "reason"])
    fields = {"reason": journey.reason}
    log.record(child, "journey_broken_off", subject=journey, fields=fields, by=by, at=at)
    return journey
