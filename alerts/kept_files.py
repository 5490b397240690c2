"""Photos and documents beside their rows: which file is not on the disk, and which is there though it was destroyed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cases import document_files, photo_files
from cases.models import Document, Photo


def lost(now: datetime) -> Iterator[str]:
    """A withdrawn photo keeps its picture too: a search must not lose its only one to a mistake or to a restored disk."""
    for photo in Photo.objects.select_related("child").order_by("child", "pk").iterator():
        for size in photo_files.lost(photo.token):
            yield f"{photo.child.reference} photo {photo.pk} {size}"
    rows = Document.objects.undestroyed().select_related("child").order_by("child", "pk").iterator()
    yield from (f"{row.child.reference} document {row.pk}" for row in document_files.gone(rows))


def still_there(now: datetime) -> Iterator[str]:
    """What the hourly tick has not taken within two hours of the destruction."""
    long_ago = Document.objects.destroyed().filter(destroyed_at__lte=now - timedelta(hours=2))
    for row in long_ago.select_related("child").order_by("child", "pk").iterator():
        if document_files.is_there(row.token):
            yield f"{row.child.reference} document {row.pk}"
