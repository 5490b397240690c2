"""The verb by which the documents of a record are destroyed once its time has come, and what removes their files."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from cases import access, corrections, document_files, legal_holds, log
from cases.access import Permission
from cases.deadlines import london_day
from cases.legal_holds import Kept
from cases.models import Child, Document, User
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
        if not found.number:
            raise IllegalMove("No document of this record is left to be destroyed.")
        data = {"number": found.number, "second": seconded_by.pk}
        event = log.record(child, "documents_destroyed", data=data, by=by, at=at)
        with connection.cursor() as cursor:
            cursor.execute(_DESTROY, [child.pk, event.number])
        # No file goes before the rows say so; what a crash leaves between the two `remove_left` takes.
        transaction.on_commit(lambda: remove_left(child), robust=True)
    return found.number


def remove_left(child: Child | None = None) -> int:
    """Remove the files of destroyed documents that are still there, and return how many; safe at any time.

    Raises OSError where some cannot be removed, once the others are: they are tried again with the next call.
    """
    destroyed = Document.objects.destroyed()
    if child is not None:
        destroyed = destroyed.filter(child=child)
    left = [token for token in destroyed.values_list("token", flat=True) if document_files.is_there(token)]
    failed: OSError | None = None
    for token in left:
        try:
            document_files.remove(token)
        except OSError as error:
            failed = error
    if failed is not None:
        raise failed
    return len(left)


def _require_time(child: Child, kept: Kept, at: datetime) -> None:
    if kept.hold is not None:
        raise IllegalMove("A legal hold stands: nothing of this record is destroyed until it is lifted.")
    if child.closed_at is None or child.closed_at > at:
        raise IllegalMove("This case is open: nothing of its record is destroyed.")
    if kept.until is None:
        raise IllegalMove("Nobody knows when this child was born, so the record is kept.")
    if london_day(at) < kept.until:
        raise IllegalMove(
            "This record is kept until %(day)s at the least.", day=kept.until.strftime("%-d %B %Y")
        )


def _require_two(child: Child, *, by: User, seconded_by: User, at: datetime) -> None:
    if not access.may(by, child, Permission.KEEP_FROM, at=at):
        raise IllegalMove("Documents are destroyed by a manager of the child’s team.")
    if seconded_by.pk == by.pk or not corrections.may_second(seconded_by, child, at=at):
        raise IllegalMove("The second person is the data protection officer of the responsible authority.")
