"""Children who belong together, live together and are parted: who stays is told, asked and watched more closely."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Q

from cases import access, called_off, ended, links, move_days, placements, planned_placements, triggers
from cases.access import Permission
from cases.catalogue import written
from cases.deadlines import at_london, end_of, london_day, midday
from cases.models import (
    Child,
    ChildLink,
    Home,
    Journey,
    KeepFrom,
    MissingEpisode,
    Placement,
    PlannedPlacement,
    Restriction,
    Transfer,
    Trigger,
    User,
)
from cases.models.triggers import AROUND
from cases.moves import require_read
from cases.planned_placements import Planned
from cases.states import IllegalMove

# In no language but that of the record: who goes is not said to readers who may not open that child.
UNSEEN = "a linked child: →"


class NotAsked(IllegalMove):
    """Nobody has said what those who stay say to it."""


def place(
    child: Child,
    *,
    where: Home | placements.Address,
    starts_at: datetime,
    parted: str = "",
    stood: int | None = None,
    by: User,
    at: datetime,
    **facts: Any,
) -> Placement:
    """Place the child, as `placements.start` does; whoever is linked with it and stays behind is watched closely.

    `stood` is the key of the placement that the writer had before them, 0 for none: raises `Overtaken` where another
    stands by now. Of a move that a planned journey has told of before nothing is asked again, and of one on its planned
    day whoever was told then is watched for it already. Raises `NotAsked` where nobody says what those who stay said, and
    `IllegalMove` as the placement does.
    """
    home = where if isinstance(where, Home) else None
    with ended.in_words(), transaction.atomic():
        ahead = planned_placements.open_of(child)
        day = move_days.of_planned(ahead.pk) if ahead is not None else None
        watched = move_days.watched(day, child.pk, at=at) if day is not None else set()
        off = called_off.coming(child.pk, Journey.Kind.MOVE, at=at)
        told_ahead = move_days.watched(off.key, child.pk, at=at) if off is not None else set()
        watched |= told_ahead
        left = [] if lives_in(child, home) else links.linked_at_home(child, at=at)
        staying = lock_with_staying(child, goes=is_parting(child, home), watched=watched, at=at)
        require_read(stood, _stands(child))
        told = asked(child, staying, words=parted, by=by, at=at)
        # In the home where it lives nobody is parted from it, whatever was typed.
        words = parted.strip() if told else ""
        placement = placements.start(
            child, where=where, starts_at=starts_at, parted=words, by=by, at=at, **facts
        )
        planned = PlannedPlacement.objects.filter(placement=placement).first()
        as_planned = planned is not None and planned.planned_date == london_day(starts_at)
        key = move_days.of_planned(planned.pk) if planned is not None and as_planned else uuid.uuid4()
        moments = {key: starts_at}
        watch_those_who_stay(child, staying, told, words=words, moments=moments, by=by, at=at)
        if planned is not None and not as_planned:
            key, why = move_days.of_planned(planned.pk), written(move_days.ANOTHER_DAY)
            move_days.stand_down(key, child.pk, {child.pk, *watched}, why, by=by, at=at)
        if off is not None:
            left = [one for one in left if one.pk in told_ahead]
            _stand_down_with(off, child, watched, left, moments=moments, by=by, at=at)
    return placement


def _stand_down_with(
    journey: Journey,
    child: Child,
    watched: Collection[int],
    left: Sequence[Child],
    *,
    moments: Mapping[uuid.UUID, datetime],
    by: User,
    at: datetime,
) -> None:
    """Where the placement has called this journey off, its day is none for those locked who were told of it.

    Those of them who are `left` behind are watched around the placement instead: of it they were told nothing.
    """
    journey.refresh_from_db(fields=["ended_at"])
    if journey.ended_at is None:
        return
    why = written(move_days.CALLED_OFF)
    move_days.stand_down(journey.key, child.pk, watched, why, by=by, at=at)
    still = list(Child.objects.filter(pk__in=[one.pk for one in left], closed_at=None))
    watch_those_who_stay(child, still, (), words="", moments=moments, by=by, at=at)


def _stands(child: Child) -> int:
    return Placement.objects.filter(child=child, ends_at=None).values_list("pk", flat=True).first() or 0


def plan(child: Child, wanted: Planned, *, parted: str = "", by: User, at: datetime) -> PlannedPlacement:
    """Plan where the child is to live, as `planned_placements.plan` does: the announcement is a trigger, and so is the day.

    For the child, and for those linked with it who stay behind, who are told and asked first: raises `NotAsked` where
    nobody says what they said, and `IllegalMove` as the plan does. Nobody stays behind of a child who is looked for, and
    in the home where the child lives already it is no move.
    """
    with ended.in_words(), transaction.atomic():
        goes = is_parting(child, wanted.home) and not is_sought(child)
        staying = lock_with_staying(child, goes=goes, at=at)
        told = asked(child, staying, words=parted, by=by, at=at)
        planned = planned_placements.plan(child, wanted, by=by, at=at)
        if lives_in(child, wanted.home):
            return planned
        moves_at = midday(planned.planned_date)
        moments = {move_days.of_planned(planned.pk): moves_at}
        if at < moves_at - AROUND:
            moments[move_days.of_planned(planned.pk, "told")] = at
        words, kind = parted.strip() if told else "", Trigger.Kind.MOVE
        if told:
            # Kept here alone.
            key = move_days.of_planned(planned.pk)
            triggers.enter(child, kind=kind, note=words, happens_at=moves_at, key=key, by=by, at=at)
        watch_move(child, staying, told, words=words, moments=moments, by=by, at=at)
    return planned


def call_off(planned: PlannedPlacement, *, why: str, by: User, at: datetime) -> PlannedPlacement:
    """Call it off, as `planned_placements.call_off` does: nobody is watched more closely around its day any more."""
    with transaction.atomic():
        day = move_days.of_planned(planned.pk)
        watched = move_days.lock(day, planned.child_id, at=at)
        ended = planned_placements.call_off(planned, why=why, by=by, at=at)
        why = written(move_days.CALLED_OFF)
        move_days.stand_down(day, planned.child_id, watched, why, by=by, at=at)
    return ended


def is_sought(child: Child) -> bool:
    """Whether the child is looked for: nobody is asked to a move before it is found."""
    return MissingEpisode.objects.sought().filter(child=child).exists()


def said_ahead(planned: PlannedPlacement) -> str:
    """Who is parted from the child by this planned move, and what they said when it was planned; empty where nobody was."""
    row = Trigger.objects.filter(key=move_days.of_planned(planned.pk), child=planned.child_id).first()
    return row.note if row is not None and row.note != written(Trigger.Kind.MOVE.label) else ""


def was_asked(planned: PlannedPlacement, words: str, beside: Collection[Child]) -> bool:
    """Whether these words were said by all of them when it was planned: not for one who has come to live there since.

    Where they may not read them of each other, whoever entered it stands with those who were told, and with no other.
    """
    key = move_days.of_those_who_stay(move_days.of_planned(planned.pk))
    told = Q(note=words) | Q(note=UNSEEN, recorded_by__isnull=False)
    said = Trigger.objects.filter(told, key=key, child__in=[one.pk for one in beside])
    return said.count() == len(beside)


def is_parting(child: Child, home: Home | None) -> bool:
    """Whether the child goes from where it lives, and no planned journey has told of that already; None: to no home listed."""
    return not lives_in(child, home) and not is_told(child)


def lives_in(child: Child, home: Home | None) -> bool:
    """Whether the child is in this home already: a placement there parts it from nobody, and is no move."""
    return home is not None and Placement.objects.filter(child=child, home=home, ends_at=None).exists()


def is_told(child: Child) -> bool:
    """Whether a journey to where the child is to live is planned: those who stay were told of it, and asked."""
    return Journey.objects.open().filter(child=child).exclude(kind=Journey.Kind.OTHER).exists()


def lock_with_staying(
    child: Child, *, goes: bool, watched: Collection[int] = (), at: datetime
) -> list[Child]:
    """Lock the child, and where it goes those linked with it whom it leaves behind, in the order of their keys.

    With them, and not among those returned, whoever is `watched` for it though they have left that home since.
    """
    staying = links.linked_at_home(child, at=at) if goes else []
    keys = {child.pk, *(one.pk for one in staying), *watched}
    locked = list(Child.objects.locked().filter(pk__in=keys).order_by("pk"))
    return [one for one in locked if one in staying and one.closed_at is None]


def asked(child: Child, staying: Sequence[Child], *, words: str, by: User, at: datetime) -> list[Child]:
    """Those of them whom `by` may open, and was to ask; of the others nothing is said, their own people hear."""
    found = links.parted_from(child, reader=by, at=at).asked if staying else []
    if found and not words.strip():
        raise NotAsked(
            "Somebody who is linked with the child lives in the same home: enter who is parted, and what they said when told"
            " and asked."
        )
    return list(found)


def watch_move(
    child: Child,
    staying: Sequence[Child],
    told: Sequence[Child],
    *,
    words: str,
    moments: Mapping[uuid.UUID, datetime],
    by: User,
    at: datetime,
) -> None:
    """The moments of a move are triggers for the locked child, and for those who stay; `words` is what those `told` said.

    Of the child itself no second one of a day that is watched for a move already, as by a journey.
    """
    kind = Trigger.Kind.MOVE
    for key, moment in moments.items():
        if not _is_watched(child, moment):
            note = words or written(kind.label)
            triggers.enter(child, kind=kind, note=note, happens_at=moment, key=key, by=by, at=at)
    watch_those_who_stay(child, staying, told, words=words, moments=moments, by=by, at=at)


def _is_watched(child: Child, moment: datetime) -> bool:
    day = london_day(moment)
    of_day = Trigger.objects.filter(child=child, kind=Trigger.Kind.MOVE, answered_at=None)
    return of_day.filter(happens_at__gte=at_london(day, time()), happens_at__lt=end_of(day)).exists()


def watch_those_who_stay(
    child: Child,
    staying: Sequence[Child],
    told: Sequence[Child],
    *,
    words: str,
    moments: Mapping[uuid.UUID, datetime],
    by: User,
    at: datetime,
) -> None:
    """It is a trigger for those who stay as well; none of the child's own words comes into their records.

    Once for each of the moments and what was said of it, and none whose closer watch would be over. Where `by` may not
    open them, they are told nothing or somebody may not know of the child, it is the engine's: who entered it would say
    where the child goes. Words of several stand in the record of none who may not know of the others.
    """
    guarded, kind = bool(_guarded([child.pk], at)), Trigger.Kind.MOVE
    reads = set() if guarded else _readers(told, at)
    for key, moment in moments.items():
        happens_at = midday(london_day(moment)) if guarded else moment
        for one in staying:
            is_told = one in told and not guarded
            note, who = words if one.pk in reads else UNSEEN, by if is_told else None
            own = move_days.of_those_who_stay(key)
            if is_told and Trigger.objects.filter(key=own, child=one).exclude(note=note).exists():
                own = move_days.in_other_words(own, note)
            triggers.enter(one, kind=kind, note=note, happens_at=happens_at, key=own, by=who, at=at)


def _readers(told: Sequence[Child], at: datetime) -> set[int]:
    """By key those of these in whose record the words of all of them may stand: they name each of them.

    Of one alone they are its own. Of several, where all belong with each other and nobody may not know of another.
    """
    if len(told) < 2:
        return {one.pk for one in told}
    keys = {one.pk for one in told}
    if not all(keys - {one.pk} <= links.safe_beside(one) for one in told):
        return set()
    guarded = _guarded(keys, at)
    return {pk for pk in keys if not guarded - {pk}}


def may_be_told(child: Child, *, reader: User, at: datetime) -> bool:
    """Whether `reader` may read who stays behind, in words that may name any: they may open all who belong to the child."""
    return not unsaid([child.pk], reader=reader, at=at)


def unsaid(children: Collection[int], *, reader: User | None, at: datetime) -> set[int]:
    """Those of these children of whom `reader` may not read who stays behind; None: somebody who may open no child."""
    said = ChildLink.objects.bonds().filter(Q(child__in=children) | Q(other__in=children)).order_by()
    beside = [
        pair for one, other in said.values_list("child", "other") for pair in ((one, other), (other, one))
    ]
    others, opened = {other for one, other in beside}, set[int]()
    if others and reader is not None:
        rows = access.children(reader, Permission.SEE_STATUS, at=at).filter(pk__in=others)
        opened = set(rows.values_list("pk", flat=True))
    return {one for one, other in beside if other not in opened} & set(children)


def unsaid_until(children: Collection[int], *, reader: User | None, at: datetime) -> Mapping[int, datetime]:
    """Of those of these children whom another authority has since a transfer: until when `reader` reads not who stayed."""
    came = Transfer.objects.filter(child__in=children, confirmed_at__isnull=False).order_by("confirmed_at")
    last = {one.child_id: one.confirmed_at for one in came if one.confirmed_at is not None}
    hidden = unsaid(last, reader=reader, at=at) if last else set()
    return {child_id: confirmed_at for child_id, confirmed_at in last.items() if child_id in hidden}


def words_to(reader: User, child: Child, words: str, *, said_at: datetime, at: datetime) -> str | None:
    """What was written at `said_at` of who stays behind; None where it may name a child whom this reader may not open."""
    until = unsaid_until([child.pk], reader=reader, at=at).get(child.pk) if words else None
    return None if until is not None and said_at <= until else words


def _guarded(children: Collection[int], at: datetime) -> set[int]:
    """Those of whom somebody may not know who may read the records of those linked with them: `by` may both."""
    return {
        pk
        for kind in (KeepFrom, Restriction)
        for pk in kind.objects.current(at).filter(child__in=children).values_list("child", flat=True)
    }
