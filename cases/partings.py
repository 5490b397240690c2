"""Brothers and sisters who live together and are parted: who stays is told and asked, and watched more closely."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from cases import links, placements, triggers
from cases.deadlines import london_day, midday
from cases.models import Child, Home, Journey, KeepFrom, Placement, Restriction, Trigger, User
from cases.states import IllegalMove


class NotAsked(IllegalMove):
    """Nobody has said what the brother or sister says to it."""


def place(
    child: Child,
    *,
    where: Home | placements.Address,
    starts_at: datetime,
    parted: str = "",
    by: User,
    at: datetime,
    **facts: Any,
) -> Placement:
    """Place the child, as `placements.start` does; whoever of its brothers and sisters stays behind is watched closely.

    Of a move that a planned journey has told of before nothing is asked again. Raises `NotAsked` where nobody says what
    those who stay said, and `IllegalMove` as the placement does.
    """
    with transaction.atomic():
        staying = lock_with_siblings(child, goes=is_parting(child, where), at=at)
        told = asked(child, staying, words=parted, by=by, at=at)
        placement = placements.start(
            child, where=where, starts_at=starts_at, parted=parted.strip(), by=by, at=at, **facts
        )
        moments = {uuid.uuid4(): starts_at}
        watch_those_who_stay(child, staying, told, words=parted.strip(), moments=moments, by=by, at=at)
    return placement


def is_parting(child: Child, where: Home | placements.Address) -> bool:
    """Whether the child goes from where it lives, and no planned journey has told of that already."""
    if isinstance(where, Home) and Placement.objects.filter(child=child, home=where, ends_at=None).exists():
        return False
    return not is_told(child)


def is_told(child: Child) -> bool:
    """Whether a journey to where the child is to live is planned: those who stay were told of it, and asked."""
    return Journey.objects.open().filter(child=child).exclude(kind=Journey.Kind.OTHER).exists()


def lock_with_siblings(child: Child, *, goes: bool, at: datetime) -> list[Child]:
    """Lock the child, and where it goes its brothers and sisters whom it leaves behind, in the order of their keys."""
    staying = links.siblings_at_home(child, at=at) if goes else []
    keys = sorted([child.pk, *(one.pk for one in staying)])
    locked = list(Child.objects.locked().filter(pk__in=keys).order_by("pk"))
    return [one for one in locked if one != child and one.closed_at is None]


def asked(child: Child, staying: Sequence[Child], *, words: str, by: User, at: datetime) -> list[Child]:
    """Those of them whom `by` may open, and was to ask; of the others nothing is said, their own people hear."""
    found = links.parted_from(child, reader=by, at=at) if staying else []
    if found and not words.strip():
        raise NotAsked(
            "A brother or sister lives in the same home: enter who is parted, and what they said when told and asked."
        )
    return found


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
    """It is a trigger for the brothers and sisters as well; none of the child's own words comes into their records.

    Once for each of the moments and what was said of it, and none whose closer watch would be over. Where `by` may not
    open them, or somebody may not know of the child, it is the engine's: who entered it would say where the child goes.
    """
    # In no language but that of the record: who goes is not said to readers who may not open that child.
    unseen = "brother or sister: →"
    guarded, kind = _is_guarded(child, at), Trigger.Kind.MOVE
    for key, moment in moments.items():
        happens_at = midday(london_day(moment)) if guarded else moment
        for one in staying:
            is_told = one in told and not guarded
            note, who = (words, by) if is_told else (unseen, None)
            own = uuid.uuid5(key, "stays")
            if is_told and Trigger.objects.filter(key=own, child=one).exclude(note=words).exists():
                own = uuid.uuid5(own, words)
            triggers.enter(one, kind=kind, note=note, happens_at=happens_at, key=own, by=who, at=at)


def _is_guarded(child: Child, at: datetime) -> bool:
    """Whether somebody may not know of the child, and may read the records of its brothers and sisters: `by` may both."""
    return any(kind.objects.current(at).filter(child=child).exists() for kind in (KeepFrom, Restriction))
