"""Bring the catalogues of words up to date with the code, or compile them for a start."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from cases.management import catalog


class Command(BaseCommand):
    help = "Write what can be translated into locale/*/LC_MESSAGES/django.po; --compile makes the .mo that a start reads."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--compile", action="store_true", help="write the .mo files, and look for no words"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["compile"]:
            for file in catalog.files():
                words, translated = catalog.update(settings.BASE_DIR, file)
                self.stdout.write(
                    f"{file.relative_to(settings.BASE_DIR)}: {translated} of {words} translated"
                )
        catalog.compile_all()
