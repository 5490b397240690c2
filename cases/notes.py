"""The verbs of a note: write it, correct it, strike it through."""

import uuid
from datetime import datetime

from django.db import transaction

from cases import log
from cases.clock import TOLERANCE, as_read_at
from cases.models import Child, Note, User
from cases.moves import require_same
from cases.states import IllegalMove

LONGEST = 20_000


def write(
    child: Child,
    *,
    text: str,
    kind: str = Note.Kind.CASE,
    happened_at: datetime | None = None,
    key: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> Note:
    """Write a note of `child`; the same key again returns the note that stands.

    A case that is closed still takes notes. Raises `IllegalMove` for an empty or over-long text and for a time ahead;
    `SentBefore` for the same key with other words.
    """
    _require_words(text)
    happened_at = at if happened_at is None else happened_at
    if happened_at > at + TOLERANCE:
        raise IllegalMove("The time of a note must be now or in the past.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = Note.objects.filter(key=key).first() if key else None
        if standing is not None:
            if standing.child_id != child.pk or standing.written_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            first = standing.recorded_at
            moment = min(as_read_at(first, happened_at), at)
            said = {"kind": kind, "text": text.strip(), "happened_at": moment}
            require_same(standing, said, sent=(first, at))
            return standing
        note = Note(child=child, kind=kind, text=text.strip(), happened_at=min(happened_at, at))
        return _saved(note, key=key, by=by, at=at)


def correct(
    note: Note, *, text: str, reason: str, key: uuid.UUID | None = None, by: User, at: datetime
) -> Note:
    """Write `text` in place of `note`, which stays readable, struck through with the reason."""
    _require_words(text)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=note.child_id)
        standing = Note.objects.filter(key=key, corrects=note, written_by=by).first() if key else None
        if standing is not None and standing.text == text.strip():
            return standing
        _strike(note, child, reason=reason, by=by, at=at)
        better = Note(
            child=child, kind=note.kind, text=text.strip(), happened_at=note.happened_at, corrects=note
        )
        return _saved(better, key=key, by=by, at=at)


def withdraw(note: Note, *, reason: str, by: User, at: datetime) -> Note:
    """Strike `note` through and put nothing in its place: it was of another child, or is not so."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=note.child_id)
        return _strike(note, child, reason=reason, by=by, at=at)


def _saved(note: Note, *, key: uuid.UUID | None, by: User, at: datetime) -> Note:
    note.written_by, note.recorded_at = by, at
    if key is not None:
        note.key = key
    note.save(force_insert=True)
    log.record(
        note.child,
        "note_written",
        subject=note,
        data={"kind": note.kind},
        happened_at=note.happened_at,
        fields={"text": note.text},
        by=by,
        at=at,
    )
    return note


def _strike(note: Note, child: Child, *, reason: str, by: User, at: datetime) -> Note:
    if not reason.strip():
        raise IllegalMove("Enter why the note is corrected.")
    current = Note.objects.get(pk=note.pk)
    if current.withdrawn_at is not None:
        raise IllegalMove("This note is corrected already.")
    current.withdrawn_at, current.withdrawn_by, current.withdrawn_reason = at, by, reason.strip()
    current.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    log.record(
        child,
        "note_withdrawn",
        subject=current,
        data={"kind": current.kind},
        fields={"reason": reason},
        by=by,
        at=at,
    )
    return current


def _require_words(text: str) -> None:
    if not text.strip():
        raise IllegalMove("Enter your note.")
    if len(text) > LONGEST:
        raise IllegalMove("Your note is too long: put a part of it into a second note.")
