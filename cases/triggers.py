"""The verbs of a trigger: enter what may make a child go, and say what was done about it."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from cases import log
from cases.clock import TOLERANCE
from cases.models import Child, Contact, Trigger, User
from cases.models.triggers import AROUND
from cases.moves import SentBefore, require_open, require_same
from cases.states import IllegalMove

# What is further away is entered when it is nearer.
AHEAD = timedelta(days=366)


def record(
    children: Collection[Child],
    *,
    kind: str,
    happens_at: datetime,
    note: str,
    vehicle: str = "",
    key: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> list[Trigger]:
    """Enter the same trigger for each of these children; the same key again returns what stands.

    Raises `IllegalMove` without words, for a time that is over or a year away, and where somebody "came" in the future;
    `SentBefore` for the same key with other words or for other children.
    """
    if not note.strip():
        raise IllegalMove("Enter what happened, or what is to happen.")
    if happens_at + AROUND <= at:
        raise IllegalMove(
            "That was more than 72 hours ago: write a note, and mark a live concern if it still matters."
        )
    if happens_at > at + AHEAD:
        raise IllegalMove("Enter it again when it is less than a year away.")
    if kind == Trigger.Kind.APPROACH and happens_at > at + TOLERANCE:
        raise IllegalMove("When somebody came must be now or in the past.")
    key = key or uuid.uuid4()
    with transaction.atomic():
        locked = list(Child.objects.locked().filter(pk__in=[child.pk for child in children]).order_by("pk"))
        said = {"kind": kind, "happens_at": happens_at, "note": note.strip(), "vehicle": vehicle.strip()}
        standing = list(Trigger.objects.filter(key=key).order_by("child_id"))
        if standing:
            return _same(standing, locked, said, by, at)
        return [
            _enter(Trigger(key=key, child=child, **said, recorded_at=at, recorded_by=by)) for child in locked
        ]


def concern(contact: Contact, *, by: User, at: datetime) -> Trigger:
    """Enter the serious concern that a contact of the locked child tells of; the closer watch begins now."""
    return _enter(
        Trigger(
            key=contact.key,
            child=contact.child,
            kind=Trigger.Kind.CONCERN,
            contact=contact,
            happens_at=at,
            note=contact.note,
            recorded_at=at,
            recorded_by=by,
        )
    )


def withdraw_concern(contact: Contact, *, reason: str, by: User, at: datetime) -> None:
    """The contact of the locked child does not stand: nobody is asked any more what was done about its concern.

    The closer watch goes on for its 72 hours: lowering a guard takes two people.
    """
    trigger = Trigger.objects.filter(contact=contact, answered_at=None).first()
    if trigger is not None:
        _answer(trigger, contact.child, reason, by=by, at=at)


def answer(trigger: Trigger, *, answer: str, by: User, at: datetime) -> Trigger:
    """Say what was done about somebody who came, or about a concern; the closer watch goes on for its 72 hours."""
    if not answer.strip():
        raise IllegalMove("Enter what was done.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=trigger.child_id)
        trigger = Trigger.objects.get(pk=trigger.pk)
        if trigger.answered_at is not None:
            raise IllegalMove("Somebody has answered this already.")
        _answer(trigger, child, answer.strip(), by=by, at=at)
    return trigger


def _answer(trigger: Trigger, child: Child, answer: str, *, by: User, at: datetime) -> None:
    trigger.answered_at, trigger.answered_by, trigger.answer = at, by, answer[:500]
    trigger.save(update_fields=["answered_at", "answered_by", "answer"])
    fields = {"answer": trigger.answer}
    log.record(child, "trigger_answered", subject=trigger, fields=fields, by=by, at=at)


def unanswered(children: QuerySet[Child]) -> QuerySet[Trigger]:
    """Whoever came, rang or waited for these children, and serious concerns about them, of which nobody has said yet
    what was done."""
    came = Trigger.objects.filter(kind__in=Trigger.TOLD, answered_at=None, child__in=children)
    return came.select_related("child", "recorded_by").order_by("recorded_at", "pk")


def _same(
    standing: list[Trigger], children: Collection[Child], said: Mapping[str, Any], by: User, at: datetime
) -> list[Trigger]:
    """What stands, where the form says of the same children what it said."""
    for one in standing:
        require_same(one, {**said, "recorded_by_id": by.pk}, sent=(one.recorded_at, at))
    if {one.child_id for one in standing} != {child.pk for child in children}:
        raise SentBefore(
            "You have sent this form before, for other children. Press again to record it for these as well."
        )
    return standing


def _enter(trigger: Trigger) -> Trigger:
    require_open(trigger.child.closed_at)
    trigger.save(force_insert=True)
    log.record(
        trigger.child,
        "trigger_entered",
        subject=trigger,
        data={"kind": trigger.kind, "happens_at": trigger.happens_at.isoformat()},
        fields={"note": trigger.note, "vehicle": trigger.vehicle},
        by=trigger.recorded_by,
        at=trigger.recorded_at,
    )
    return trigger
