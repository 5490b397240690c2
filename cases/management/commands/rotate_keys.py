"""Seal every photo and document anew under the newest key, so that the older keys can be taken away."""

import json
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from cases import destructions, document_files, encryption, photo_files, quarantine
from cases.models import Document, FoundPhoto, Photo, QuarantinedFile

# Photos between two questions to the database: no transaction stands open while files are written.
BATCH = 200


class Command(BaseCommand):
    help = (
        "Seal every photo and document under the first key of PHOTO_KEYS, from a batch to the next; what is sealed so "
        "already is left alone, so it can be ended and begun again. "
        "Exit code 1 where one could not be: then no older key may be taken away yet."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PHOTO_KEYS:
            raise CommandError("PHOTO_KEYS is not set.", returncode=2)
        counted: Counter[str] = Counter(photos=0, sealed=0, already=0)
        failed: list[dict[str, Any]] = []
        self._photos(Photo.objects.order_by("pk"), counted, failed)
        self._photos(FoundPhoto.objects.order_by("pk"), counted, failed)
        self._documents(counted, failed)
        self._left_by_destructions(counted, failed)
        self._apart(counted, failed)
        self._say(counted, failed, as_json=options["json"])
        if failed:
            raise SystemExit(1)

    def _photos(self, rows: QuerySet[Any], counted: Counter[str], failed: list[dict[str, Any]]) -> None:
        """Those of children, or those of found children whom nobody has named."""
        last = 0
        while batch := list(rows.filter(pk__gt=last).values_list("pk", "token")[:BATCH]):
            for pk, token in batch:
                counted["photos"] += 1
                for size in photo_files.SIZES:
                    try:
                        counted["sealed" if photo_files.seal_anew(token, size) else "already"] += 1
                    except OSError as error:
                        # By number and size: the file's name opens nothing, and still stands in no log.
                        why = str(error) if isinstance(error, encryption.CannotOpen) else error.strerror
                        failed.append({"photo": pk, "size": size, "why": why})
            last = batch[-1][0]

    def _documents(self, counted: Counter[str], failed: list[dict[str, Any]]) -> None:
        """The documents too, withdrawn ones among them: their files are kept as long as the record is."""
        counted["documents"] = 0
        for pk, token in (
            Document.objects.undestroyed().order_by("pk").values_list("pk", "token").iterator(BATCH)
        ):
            counted["documents"] += 1
            try:
                counted["sealed" if document_files.seal_anew(token) else "already"] += 1
            except OSError as error:
                why = str(error) if isinstance(error, encryption.CannotOpen) else error.strerror
                failed.append({"document": pk, "why": why})

    def _left_by_destructions(self, counted: Counter[str], failed: list[dict[str, Any]]) -> None:
        """Files of destroyed documents, while a legal hold keeps them: it keeps what they say, under whichever key."""
        counted["held"] = 0
        destroyed = Document.objects.destroyed().order_by("pk").values_list("pk", "token")
        for pk, token in destroyed.iterator(BATCH):
            if not document_files.is_there(token):
                continue
            try:
                sealed = destructions.seal_left(pk)
            except OSError as error:
                why = str(error) if isinstance(error, encryption.CannotOpen) else error.strerror
                failed.append({"document": pk, "why": why})
                continue
            if sealed is not None:
                counted["held"] += 1
                counted["sealed" if sealed else "already"] += 1

    def _apart(self, counted: Counter[str], failed: list[dict[str, Any]]) -> None:
        """What came by mail, whatever was decided of it: it lies among the documents, and counts as one."""
        for pk in QuarantinedFile.objects.order_by("pk").values_list("pk", flat=True).iterator(BATCH):
            try:
                sealed = quarantine.seal_anew(pk)
            except OSError as error:
                why = str(error) if isinstance(error, encryption.CannotOpen) else error.strerror
                failed.append({"document": f"by mail {pk}", "why": why})
                continue
            if sealed is not None:
                counted["documents"] += 1
                counted["sealed" if sealed else "already"] += 1

    def _say(self, counted: Counter[str], failed: list[dict[str, Any]], *, as_json: bool) -> None:
        key = encryption.key_id(settings.PHOTO_KEYS[0]).hex()
        if as_json:
            self.stdout.write(json.dumps({"done": not failed, "key": key, **counted, "failed": failed}))
            return
        for one in failed:
            what = f"photo {one['photo']} {one['size']}" if "photo" in one else f"document {one['document']}"
            self.stdout.write(f"{what}: {one['why']}")
        self.stdout.write(
            f"{counted['photos']} photos, {counted['documents']} documents, "
            f"{counted['held']} files of destroyed documents that a legal hold keeps: {counted['sealed']} files sealed anew "
            f"under the key {key}, "
            f"{counted['already']} were already, {len(failed)} could not be."
        )
        if not failed:
            self.stdout.write("No file needs an older key any more.")
