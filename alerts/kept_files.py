"""Photos and documents beside their rows: which file is not on the disk, and which is there though it should not be."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from cases import document_files, photo_files
from cases.models import Document, FoundPhoto, LegalHold, Photo, QuarantinedFile

# A form that is being sent has written its file and not yet its row.
STRAY_AFTER = timedelta(days=1)
BATCH = 1000
_Lying = Callable[[], Iterator[tuple[Path, str, datetime]]]


def lost(now: datetime) -> Iterator[str]:
    """A withdrawn photo keeps its picture too: a search must not lose its only one to a mistake or to a restored disk."""
    for photo in Photo.objects.select_related("child").order_by("child", "pk").iterator():
        for size in photo_files.lost(photo.token):
            yield f"{photo.child.reference} photo {photo.pk} {size}"
    for found in FoundPhoto.objects.select_related("found__matter").order_by("found", "pk").iterator():
        for size in photo_files.lost(found.token):
            yield f"{found.found.reference} photo {found.pk} {size}"
    rows = Document.objects.undestroyed().select_related("child").order_by("child", "pk").iterator()
    yield from (f"{row.child.reference} document {row.pk}" for row in document_files.gone(rows))
    apart = QuarantinedFile.objects.undestroyed().select_related("child").order_by("child", "pk").iterator()
    yield from (f"{row.child.reference} file by mail {row.pk}" for row in document_files.gone(apart))


def still_there(now: datetime) -> Iterator[str]:
    """What the hourly tick has not taken within two hours of the destruction; a legal hold keeps what was there by then."""
    hold = LegalHold.objects.filter(child=OuterRef("child"), ends_at=None)
    long_ago = Document.objects.destroyed().filter(~Exists(hold), destroyed_at__lte=now - timedelta(hours=2))
    for row in long_ago.select_related("child").order_by("child", "pk").iterator():
        if document_files.is_there(row.token):
            yield f"{row.child.reference} document {row.pk}"
    apart = QuarantinedFile.objects.destroyed().filter(
        ~Exists(hold), destroyed_at__lte=now - timedelta(hours=2)
    )
    for file in apart.select_related("child").order_by("child", "pk").iterator():
        if document_files.is_there(file.token):
            yield f"{file.child.reference} file by mail {file.pk}"


def strays(now: datetime) -> Iterator[str]:
    """Files that no row knows, as a crash between the two leaves them: named by where they lie, and taken by nobody.

    After a restore of rows that are older than the disk it is the rows that are missed. By the disk's own clock.
    """
    rows: tuple[tuple[str, _Lying, tuple[QuerySet[Any], ...]], ...] = (
        ("photos", photo_files.lying, (Photo.objects.all(), FoundPhoto.objects.all())),
        ("documents", document_files.lying, (Document.objects.all(), QuarantinedFile.objects.all())),
    )
    for kind, lying, of_kinds in rows:
        files = lying()
        while some := list(islice(files, BATCH)):
            tokens = {token for _path, token, written_at in some if written_at < now - STRAY_AFTER}
            known: set[str] = set()
            for of_kind in of_kinds if tokens else ():
                known |= set(of_kind.filter(token__in=tokens).values_list("token", flat=True))
            yield from (f"{kind} {path}" for path, token, _written_at in some if token in tokens - known)


QUESTIONS = (
    ("no lost child", "photos and documents whose file is not on the disk", lost),
    ("no stranger", "files of destroyed documents that are still on the disk", still_there),
    ("no stranger", "files older than a day that no photo and no document knows", strays),
)
