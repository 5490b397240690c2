"""The verbs of a personal adviser: appoint one, in whose place the next comes, and end it with nobody in the place."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from cases import log
from cases.models import Child, PersonalAdviser, User
from cases.moves import require_open, require_same
from cases.states import IllegalMove


class WrongStart(IllegalMove):
    """They cannot have begun then."""


@dataclass(frozen=True, kw_only=True)
class Adviser:
    """Who it is, of which team or organisation, how they are reached, and since when."""

    name: str
    organisation: str
    starts_at: datetime
    phone: str = ""
    email: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def appoint(child: Child, adviser: Adviser, *, by: User, at: datetime) -> PersonalAdviser:
    """Record who is the adviser from then on; the one before ends with it. The same form again returns what stands.

    Raises `IllegalMove` without who they are or how they are reached, `WrongStart` for a time to come or before the one who
    stands began, and `SentBefore` for the same key with other words.
    """
    if not adviser.name.strip() or not adviser.organisation.strip():
        raise IllegalMove("Enter who it is, and of which team or organisation.")
    if not adviser.phone.strip() and not adviser.email.strip():
        raise IllegalMove("Enter a phone or an email address.")
    if adviser.starts_at > at:
        raise WrongStart("The time must be in the past.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        same = PersonalAdviser.objects.filter(key=adviser.key).first()
        if same is not None:
            if same.child_id != child.pk or same.recorded_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            require_same(same, vars(adviser), sent=(same.recorded_at, at))
            return same
        require_open(child.closed_at)
        rows = PersonalAdviser.objects.recorded().filter(child=child)
        last = rows.first()
        if last is not None and adviser.starts_at <= (last.ends_at or last.starts_at):
            raise WrongStart("Another adviser was on record at that time.")
        if last is not None and last.ends_at is None:
            _end(child, last, ends_at=adviser.starts_at, why=adviser.name, by=by, at=at)
        row = PersonalAdviser.objects.create(child=child, recorded_at=at, recorded_by=by, **vars(adviser))
        fields = {"name": row.name, "organisation": row.organisation, "phone": row.phone, "email": row.email}
        log.record(
            child, "adviser_appointed", subject=row, happened_at=row.starts_at, fields=fields, by=by, at=at
        )
    return row


def end(row: PersonalAdviser, *, why: str, by: User, at: datetime) -> PersonalAdviser:
    """Record that somebody is the adviser no more, and nobody in their place yet; raises `IllegalMove` the second time."""
    if not why.strip():
        raise IllegalMove("Enter why they are the adviser no more.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=row.child_id)
        row = PersonalAdviser.objects.get(pk=row.pk)
        require_open(child.closed_at)
        if row.ends_at is not None or row.withdrawn_at is not None or row.starts_at >= at:
            raise IllegalMove("Somebody has recorded its end already.")
        _end(child, row, ends_at=at, why=why.strip(), by=by, at=at)
    return row


def confirm(row: PersonalAdviser, *, by: User, at: datetime) -> PersonalAdviser:
    """Say that an adviser goes on though another council is responsible now; raises `IllegalMove` for one who is none."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=row.child_id)
        row = PersonalAdviser.objects.get(pk=row.pk)
        require_open(child.closed_at)
        if row.ends_at is not None or row.withdrawn_at is not None:
            raise IllegalMove("Somebody has recorded its end already.")
        row.confirmed_at, row.confirmed_by = at, by
        row.save(update_fields=["confirmed_at", "confirmed_by"])
        log.record(child, "adviser_confirmed", subject=row, by=by, at=at)
    return row


def withdraw(row: PersonalAdviser, *, reason: str, by: User, at: datetime) -> PersonalAdviser:
    """Strike through one who was recorded by mistake; whose place they took is the adviser again.

    Raises `IllegalMove` without a reason, the second time and of a closed case.
    """
    if not reason.strip():
        raise IllegalMove("Enter why it was recorded by mistake.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=row.child_id)
        row = PersonalAdviser.objects.get(pk=row.pk)
        require_open(child.closed_at)
        if row.withdrawn_at is not None:
            raise IllegalMove("This is withdrawn already.")
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = at, by, reason.strip()
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        fields = {"reason": row.withdrawn_reason}
        log.record(child, "adviser_withdrawn", subject=row, fields=fields, by=by, at=at)
        _stand_again(child, row, by, at)
    return row


def _stand_again(child: Child, struck: PersonalAdviser, by: User, at: datetime) -> None:
    """Take back the end of whoever made way for one who was never there; what it was stays in its history."""
    rows = PersonalAdviser.objects.recorded().filter(child=child)
    last = rows.filter(ends_at=struck.starts_at, ended_why=struck.name).first()
    if last is None or rows.filter(starts_at__gt=struck.starts_at).exists():
        return
    last.ends_at, last.ended_by, last.ended_why = None, None, ""
    last.save(update_fields=["ends_at", "ended_by", "ended_why"])
    log.record(child, "adviser_stands_again", subject=last, by=by, at=at)


def standing(child: Child) -> PersonalAdviser | None:
    """Who is the adviser; None where nobody is."""
    return PersonalAdviser.objects.standing().filter(child=child).first()


def _end(child: Child, row: PersonalAdviser, *, ends_at: datetime, why: str, by: User, at: datetime) -> None:
    row.ends_at, row.ended_by, row.ended_why = ends_at, by, why
    row.save(update_fields=["ends_at", "ended_by", "ended_why"])
    fields = {"why": why}
    log.record(child, "adviser_ended", subject=row, happened_at=ends_at, fields=fields, by=by, at=at)
