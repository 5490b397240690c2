"""The verb by which the documents of a record are destroyed once its time has come, and what removes their files."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.formats import date_format

from cases import access, corrections, document_files, legal_holds, log
from cases.access import Permission
from cases.deadlines import london_day
from cases.legal_holds import Kept
from cases.models import Child, Document, QuarantinedFile, User
from cases.states import IllegalMove

_DESTROY = """
    SELECT destroy_documents(%s, %s)
"""


@dataclass(frozen=True)
class Plan:
    """How many documents, withdrawn ones too, would be destroyed, and until when the record is kept."""

    number: int
    kept: Kept


def plan(child: Child, *, at: datetime) -> Plan:
    return Plan(Document.objects.undestroyed().filter(child=child).count(), legal_holds.kept(child, at=at))


def destroy_documents(child: Child, *, seconded_by: User, by: User, at: datetime) -> int:
    """Destroy every document of a closed record whose time has come, and return how many: the files go, the rows stay.

    Raises `IllegalMove` before the day that `retention` says, while nobody knows that day, while a legal hold stands or
    the case is open, where no document is left, and without a manager who reads the record and, as another person, the
    data protection officer. PostgreSQL holds the officer, the hold and the event by itself.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        found = plan(child, at=at)
        _require_time(child, found.kept, at)
        _require_two(child, by=by, seconded_by=seconded_by, at=at)
        apart = QuarantinedFile.objects.undestroyed().filter(child=child)
        if not found.number and not apart.exists():
            raise IllegalMove("No document of this record is left to be destroyed.")
        data = {"number": found.number, "second": seconded_by.pk}
        event = log.record(child, "documents_destroyed", data=data, by=by, at=at)
        with connection.cursor() as cursor:
            cursor.execute(_DESTROY, [child.pk, event.number])
        # What came by mail and was never shown to anybody goes with them.
        apart.update(destroyed_at=event.recorded_at)
        # No file goes before the rows say so; what a crash leaves between the two `remove_left` takes.
        transaction.on_commit(lambda: remove_left(child), robust=True)
    return found.number


def remove_left(child: Child | None = None) -> int:
    """Remove the files of destroyed documents that are still there, and return how many; safe at any time.

    A record on which a legal hold stands by now keeps what it still has until that is lifted. Raises OSError where some
    cannot be removed, once the others are: they are tried again with the next call.
    """
    removed = 0
    failed: OSError | None = None
    for child_id, tokens in _left(child).items():
        # Under the child's lock, as a hold is set: one that is being set is waited for.
        with transaction.atomic():
            if legal_holds.standing_of(Child.objects.locked().get(pk=child_id)) is not None:
                continue
            for token in tokens:
                try:
                    document_files.remove(token)
                    removed += 1
                except OSError as error:
                    failed = error
    if failed is not None:
        raise failed
    return removed


def held_back(child: Child) -> int:
    """How many files of destroyed documents a legal hold keeps that was set before they were removed."""
    if legal_holds.standing_of(child) is None:
        return 0
    return sum(len(tokens) for tokens in _left(child).values())


def seal_left(pk: int) -> bool | None:
    """Seal the file of a destroyed document anew, as long as a hold keeps it, and say whether it was not before.

    None where it is gone. Under the child's lock, as it would be removed: none comes back that is removed meanwhile.
    Raises OSError and leaves it as it was.
    """
    with transaction.atomic():
        row = Document.objects.destroyed().get(pk=pk)
        Child.objects.locked().get(pk=row.child_id)
        try:
            return document_files.seal_anew(row.token)
        except FileNotFoundError:
            return None


def _left(child: Child | None) -> dict[int, list[str]]:
    """By child, the destroyed documents and files from mails that are still there."""
    left: dict[int, list[str]] = defaultdict(list)
    for destroyed in (Document.objects.destroyed(), QuarantinedFile.objects.destroyed()):
        rows = destroyed if child is None else destroyed.filter(child=child)
        for child_id, token in rows.order_by("child", "pk").values_list("child", "token"):
            if document_files.is_there(token):
                left[child_id].append(token)
    return left


def _require_time(child: Child, kept: Kept, at: datetime) -> None:
    if kept.hold is not None:
        raise IllegalMove("A legal hold stands: nothing of this record is destroyed until it is lifted.")
    if child.closed_at is None or child.closed_at > at:
        raise IllegalMove("This case is open: nothing of its record is destroyed.")
    if kept.until is None:
        raise IllegalMove("Nobody knows when this child was born, so the record is kept.")
    if london_day(at) < kept.until:
        raise IllegalMove(
            "This record is kept until %(day)s at the least.", day=date_format(kept.until, "j F Y")
        )


def _require_two(child: Child, *, by: User, seconded_by: User, at: datetime) -> None:
    if not access.may(by, child, Permission.KEEP_FROM, at=at):
        raise IllegalMove("Documents are destroyed by a manager of the child’s team.")
    if seconded_by.pk == by.pk or not corrections.may_second(seconded_by, child, at=at):
        raise IllegalMove("The second person is the data protection officer of the responsible authority.")
