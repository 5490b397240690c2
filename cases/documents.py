"""The verbs of a document: keep, and withdraw with a reason; nobody deletes one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from cases import document_files, log, sealed_files
from cases.deadlines import london_day
from cases.models import Child, Document, User
from cases.moves import SentBefore, require_open, require_same
from cases.scans import Scan
from cases.states import IllegalMove


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a document is, from whom it came, the day that it bears, and the file."""

    scan: Scan
    kind: str
    title: str
    received_from: str
    dated: date | None = None

    @property
    def said(self) -> dict[str, object]:
        words = {"title": self.title.strip(), "received_from": self.received_from.strip()}
        return {"kind": self.kind, "dated": self.dated, **words}


def keep(child: Child, given: Given, *, by: User, at: datetime) -> Document:
    """Hold a document with the record of `child`; the same file with the same words again returns the one that stands.

    Raises `IllegalMove` in a closed case, for a day after `at`, without a title or whom it is from, and for the same
    file with other words; OSError where the file cannot be written.
    """
    if given.dated is not None and given.dated > london_day(at):
        raise IllegalMove("The day of the document must be today or in the past.")
    if not given.title.strip() or not given.received_from.strip():
        raise IllegalMove("Enter what the document is, and whom it is from.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        digest = given.scan.digest
        standing = Document.objects.standing().filter(child=child, digest=digest).first()
        if standing is not None:
            _require_same(standing, given)
            return standing
        token = sealed_files.new_token()
        with _file(token, given.scan.content):
            row = Document.objects.create(
                token=token,
                child=child,
                media_type=given.scan.media_type,
                size=len(given.scan.content),
                digest=digest,
                kept_at=at,
                kept_by=by,
                **given.said,
            )
            fields = {"digest": digest, "title": row.title, "received_from": row.received_from}
            log.record(
                child, "document_kept", subject=row, data={"kind": row.kind}, fields=fields, by=by, at=at
            )
    return row


def withdraw(document: Document, *, reason: str, by: User, at: datetime) -> Document:
    """Show a document to nobody any more; the file is kept as long as the record is."""
    if not reason.strip():
        raise IllegalMove("Enter why the document is withdrawn.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=document.child_id)
        document = Document.objects.get(pk=document.pk)
        if document.withdrawn_at is not None:
            raise IllegalMove("This document is withdrawn already.")
        if document.destroyed_at is not None:
            raise IllegalMove("This document has been destroyed: the time of the record had come.")
        document.withdrawn_at, document.withdrawn_by, document.withdrawn_reason = at, by, reason.strip()
        document.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        fields = {"digest": document.digest, "reason": document.withdrawn_reason}
        log.record(child, "document_withdrawn", subject=document, fields=fields, by=by, at=at)
    return document


def _require_same(standing: Document, given: Given) -> None:
    try:
        require_same(standing, given.said)
    except SentBefore as refusal:
        raise IllegalMove(
            "This very file is held already as “%(title)s”. Withdraw that one first where its words are wrong.",
            title=standing.title,
        ) from refusal


@contextmanager
def _file(token: str, content: bytes) -> Iterator[None]:
    """The file first, so that no row stands without it; taken back where the row is not written."""
    try:
        document_files.write(token, content)
        yield
    except BaseException:
        document_files.remove(token)
        raise
