"""The verbs of a trigger: enter what may make a child go, and say what was done about it."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases import documents, log, row_history, sign_keys
from cases.catalogue import written
from cases.clock import TOLERANCE
from cases.models import (
    Child,
    Document,
    KeepFrom,
    MissingEpisode,
    Trigger,
    User,
)
from cases.models.triggers import AROUND
from cases.moves import SentBefore, require_open, require_same
from cases.states import IllegalMove

# What is further away is entered when it is nearer.
AHEAD = timedelta(days=366)
# Who came is asked for long after: a child tells of a car in the return interview, and the plate may be another child's too.
BEHIND = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """Who came, as far as anybody saw: how, what they looked like, the number they rang from, the car, and where."""

    how: str = ""
    person: str = ""
    phone: str = ""
    vehicle: str = ""
    plate: str = ""
    place: str = ""

    @property
    def said(self) -> dict[str, str]:
        words = {
            name: getattr(self, name).strip() for name in ("person", "phone", "vehicle", "plate", "place")
        }
        keys = {"plate_key": sign_keys.plate(self.plate), "phone_key": sign_keys.phone(self.phone)}
        return {"how": self.how, **words, **keys}


NOBODY_SEEN = Stranger()
# Of these it is said who it was.
OF_SOMEBODY = (Trigger.Kind.APPROACH, Trigger.Kind.NEW_CONTACT)


def record(
    children: Collection[Child],
    *,
    kind: str,
    happens_at: datetime,
    note: str,
    stranger: Stranger = NOBODY_SEEN,
    photo: documents.Given | None = None,
    key: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> list[Trigger]:
    """Enter the same trigger for each of these children; the same key again returns what stands.

    A `photo` is kept with the documents of each and stands by the trigger; sent later than that, with the documents alone.
    With the key of a contact that said that somebody is new, it completes what the contact has entered.

    That somebody came may be told late: duty and the worker hear of it all the same, and no closer watch begins where
    its time is over. Raises `IllegalMove` without words, for another time that is over or a year away, where somebody
    "came" in the future, and for a stranger of a kind that has none; `SentBefore` for the same key with other words or
    for other children.
    """
    _require_fit(kind, stranger, note, happens_at, at)
    key = key or uuid.uuid4()
    with transaction.atomic():
        locked = list(Child.objects.locked().filter(pk__in=[child.pk for child in children]).order_by("pk"))
        said = {"kind": kind, "happens_at": happens_at, "note": note.strip(), **stranger.said}
        standing = list(Trigger.objects.filter(key=key).order_by("child_id"))
        begun = next((one for one in standing if one.contact_id is not None), None)
        if begun is not None and (apart := _apart_from(begun, kind, happens_at, at)):
            key, begun = uuid.uuid5(key, apart), None
            standing = list(Trigger.objects.filter(key=key).order_by("child_id"))
        is_bare = begun is not None and len(standing) == 1 and _is_bare(begun, locked)
        if standing and not is_bare:
            standing = _same(standing, locked, said, by, at)
        held = {child.pk: _held(child, photo, by, at) for child in locked} if photo is not None else {}
        if begun is not None and is_bare:
            standing = [_complete(begun, said, held.get(begun.child_id), by=by, at=at)]
        known = {one.child_id for one in standing}
        if standing and not is_bare:
            return standing
        return standing + [
            write(
                Trigger(
                    key=key, child=child, **said, photo=held.get(child.pk), recorded_at=at, recorded_by=by
                )
            )
            for child in locked
            if child.pk not in known
        ]


def _apart_from(begun: Trigger, kind: str, happens_at: datetime, at: datetime) -> str:
    """What makes this a trigger of its own beside the one that a contact began; empty where it completes that one.

    Something else, or to come: the watch that the contact began is its own. Or the contact was taken back meanwhile.
    """
    if begun.contact is not None and begun.contact.withdrawn_at is not None:
        return "withdrawn"
    return kind if kind != begun.kind or happens_at > at + TOLERANCE else ""


def _is_bare(begun: Trigger, children: Collection[Child]) -> bool:
    """Whether nobody has said yet who it is that a contact of one of these locked children told of."""
    contact = begun.contact
    if contact is None or contact.withdrawn_at is not None or begun.answered_at is not None:
        return False
    untold = begun.note == (contact.note or written(Trigger.Kind(begun.kind).label)) and not begun.who
    return untold and begun.child_id in {child.pk for child in children}


def _complete(
    begun: Trigger, said: Mapping[str, Any], photo: Document | None, *, by: User, at: datetime
) -> Trigger:
    require_open(begun.child.closed_at)
    # The closer watch that the contact began ends no sooner by what one person says of it.
    said = {**said, "happens_at": max(said["happens_at"], begun.happens_at)}
    for name, value in said.items():
        setattr(begun, name, value)
    begun.photo = photo
    # Of what kind it is, and that nobody came, is what the contact said.
    begun.save(update_fields=[*(name for name in said if name not in ("kind", "how")), "photo"])
    fields = {name: getattr(begun, name) for name in ("note", *NOBODY_SEEN.said)}
    log.record(begun.child, "trigger_completed", subject=begun, fields=fields, by=by, at=at)
    return begun


def _require_fit(kind: str, stranger: Stranger, note: str, happens_at: datetime, at: datetime) -> None:
    if not note.strip():
        raise IllegalMove("Enter what happened, or what is to happen.")
    if happens_at + (BEHIND if kind == Trigger.Kind.APPROACH else AROUND) <= at:
        if kind == Trigger.Kind.APPROACH:
            raise IllegalMove("That was more than a year ago: write a note.")
        raise IllegalMove(
            "That was more than 72 hours ago: write a note, and mark a live concern if it still matters."
        )
    if happens_at > at + AHEAD:
        raise IllegalMove("Enter it again when it is less than a year away.")
    if kind == Trigger.Kind.APPROACH and happens_at > at + TOLERANCE:
        raise IllegalMove("When somebody came must be now or in the past.")
    said = stranger.said
    if kind not in OF_SOMEBODY and any(said[name] for name in said if name != "vehicle"):
        raise IllegalMove("Who it was is said of somebody who came, or of a new visitor or phone.")
    if kind != Trigger.Kind.APPROACH and stranger.how:
        raise IllegalMove("How they came is said of somebody who came, rang or waited.")
    if said["plate"] and not said["plate_key"]:
        raise IllegalMove("Enter the letters and digits of the number plate, as far as they were seen.")
    if said["phone"] and not said["phone_key"]:
        raise IllegalMove("Enter the digits of the phone number.")


def enter(
    child: Child, *, kind: str, note: str, happens_at: datetime, key: uuid.UUID, by: User | None, at: datetime
) -> Trigger | None:
    """Enter for the locked child what a verb, or the engine, knows by itself; once for each key.

    None where its closer watch would be over already.
    """
    if happens_at + AROUND <= at or Trigger.objects.filter(key=key, child=child).exists():
        return None
    return write(
        Trigger(
            key=key, child=child, kind=kind, note=note, happens_at=happens_at, recorded_at=at, recorded_by=by
        )
    )


def of_end(child: Child, *, by: User, at: datetime) -> None:
    """Enter for the locked child that its search has ended and the danger has not: the closer watch begins now."""
    if child.closed_at is None:
        kind = Trigger.Kind.STILL_AT_RISK
        enter(child, kind=kind, note=written(kind.label), happens_at=at, key=uuid.uuid4(), by=by, at=at)


def of_found(episode: MissingEpisode, mate: MissingEpisode, *, by: User, at: datetime) -> Trigger:
    """Enter for the locked child of an open episode that somebody who went along has been found: what do they know?"""
    return write(
        Trigger(
            child=episode.child,
            kind=Trigger.Kind.MATE_FOUND,
            mate=mate,
            happens_at=at,
            note=written(Trigger.Kind.MATE_FOUND.label),
            recorded_at=at,
            recorded_by=by,
        )
    )


def needless(trigger: Trigger, *, reason: str, by: User, at: datetime) -> None:
    """Nobody is asked any more about this one of its locked child: what it told of was not so."""
    _answer(trigger, trigger.child, reason, by=by, at=at)


def answer(
    trigger: Trigger,
    *,
    answer: str,
    police_told: bool | None = None,
    police_reference: str = "",
    also: Collection[Trigger] = (),
    by: User,
    at: datetime,
) -> Trigger:
    """Say what was done about somebody who came, or about a concern; the closer watch goes on for its 72 hours.

    Of somebody who came it says whether the police were rung, with their reference: `IllegalMove` where it does not.
    The same is said of those `also` that are the same entry for other children of the house, and nobody has answered.
    """
    if not answer.strip():
        raise IllegalMove("Enter what was done.")
    if trigger.kind == Trigger.Kind.MOVE:
        raise IllegalMove("Of a move nobody is asked what was done.")
    came = trigger.kind == Trigger.Kind.APPROACH
    if came and police_told is None:
        raise IllegalMove("Say whether the police were rung.")
    if came and police_told and not police_reference.strip():
        raise IllegalMove("Enter the police reference.")
    with transaction.atomic():
        of_house = [one.child_id for one in also]
        children = Child.objects.locked().filter(pk__in=[trigger.child_id, *of_house]).order_by("pk")
        locked = {child.pk: child for child in children}
        trigger = Trigger.objects.get(pk=trigger.pk)
        if trigger.answered_at is not None:
            raise IllegalMove("Somebody has answered this already.")
        others = same_entry(trigger).filter(child__in=of_house).order_by("child_id")
        for one in (trigger, *others):
            if came:
                one.police_told = police_told
                one.police_reference = police_reference.strip() if police_told else ""
            _answer(one, locked[one.child_id], answer.strip(), by=by, at=at)
    return trigger


def same_entry(trigger: Trigger) -> QuerySet[Trigger]:
    """What was entered by the same press for other children of the house, and nobody has answered: one visitor is one call."""
    if trigger.kind != Trigger.Kind.APPROACH:
        return Trigger.objects.none()
    rows = Trigger.objects.filter(key=trigger.key, kind=trigger.kind, recorded_at=trigger.recorded_at)
    return rows.filter(answered_at=None).exclude(pk=trigger.pk)


def stand_down(trigger: Trigger, child: Child, why: str, *, by: User | None, at: datetime) -> None:
    """Say of a move whose closer watch has not begun that it does not come, or not on this day; who calls locked the child.

    `by` is None where it is another child's move: the engine says it then, as it does of what it entered, for who it was
    would say which child does not go, and where that child was to go.
    """
    if trigger.kind != Trigger.Kind.MOVE or at >= trigger.happens_at - AROUND:
        raise IllegalMove("The closer watch has begun.")
    if by is not None and trigger.recorded_by_id is not None:
        _answer(trigger, child, why, by=by, at=at)
        return
    with row_history.by_engine():
        _answer(trigger, child, why, by=None, at=at)


def _answer(trigger: Trigger, child: Child, answer: str, *, by: User | None, at: datetime) -> None:
    # Where the engine says it, the row keeps whom it names already.
    trigger.answered_at, trigger.answered_by, trigger.answer = at, by or trigger.recorded_by, answer[:500]
    said = ["answer", "police_told", "police_reference"]
    trigger.save(update_fields=["answered_at", "answered_by", *said])
    fields = {name: getattr(trigger, name) for name in said}
    log.record(child, "trigger_answered", subject=trigger, fields=fields, by=by, at=at)


def known_to(rows: QuerySet[Trigger], reader: User, *, at: datetime) -> QuerySet[Trigger]:
    """These, less what tells that a child was found whom a mark keeps from `reader`."""
    marks = KeepFrom.objects.current(at).filter(user=reader).values("child")
    return rows.exclude(kind=Trigger.Kind.MATE_FOUND, mate__child__in=marks)


def unanswered(children: QuerySet[Child]) -> QuerySet[Trigger]:
    """Whoever came, rang or waited for these children, and serious concerns about them, of which nobody has said yet
    what was done."""
    came = Trigger.objects.filter(kind__in=Trigger.TOLD, answered_at=None, child__in=children)
    # Whoever is found as well is asked itself.
    sought = MissingEpisode.objects.open().filter(child=OuterRef("child"), child_confirmed_at=None)
    came = came.filter(~Q(kind=Trigger.Kind.MATE_FOUND) | Exists(sought))
    # Those are always somebody's; an outer join to whoever wrote them would have each trigger there is read first.
    return came.select_related("child").prefetch_related("recorded_by").order_by("recorded_at", "pk")


def _same(
    standing: list[Trigger], children: Collection[Child], said: Mapping[str, Any], by: User, at: datetime
) -> list[Trigger]:
    """What stands, where the form says of the same children what it said."""
    for one in standing:
        words = {**said, "recorded_by_id": by.pk}
        if one.contact_id is not None:
            # It began with the contact, whenever it was completed.
            del words["happens_at"]
        require_same(one, words, sent=(one.recorded_at, at))
    if {one.child_id for one in standing} != {child.pk for child in children}:
        raise SentBefore(
            "You have sent this form before, for other children. Press again to record it for these as well."
        )
    return standing


def _held(child: Child, photo: documents.Given, by: User, at: datetime) -> Document:
    """The same picture again is one, whatever it was called."""
    standing = Document.objects.standing().filter(child=child, digest=photo.scan.digest).first()
    return standing or documents.keep(child, photo, by=by, at=at)


def write(trigger: Trigger) -> Trigger:
    """Write it for its locked child, with the event of it; raises IllegalMove for a closed case."""
    require_open(trigger.child.closed_at)
    trigger.save(force_insert=True)
    log.record(
        trigger.child,
        "trigger_entered",
        subject=trigger,
        data={"kind": trigger.kind, "happens_at": trigger.happens_at.isoformat()},
        fields={name: getattr(trigger, name) for name in ("note", *NOBODY_SEEN.said)},
        by=trigger.recorded_by,
        at=trigger.recorded_at,
    )
    return trigger
