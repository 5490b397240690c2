"""Write where the seals of the record stand, signed, into a file that is kept apart."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases import clock
from cases.audit import heads


class Command(BaseCommand):
    help = "Seal what is new and write the signed head of the record into AUDIT_HEAD_FOLDER; print the file's path."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AUDIT_HEAD_KEY:
            raise CommandError("AUDIT_HEAD_KEY is not set.")
        path = heads.export(settings.AUDIT_HEAD_FOLDER, settings.AUDIT_HEAD_KEY, at=clock.now())
        if path is None:
            raise CommandError("Nothing is on record yet, so there is no head.")
        self.stdout.write(str(path))
