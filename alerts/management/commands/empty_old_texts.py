"""Empty the texts of mails that were sent long ago; who was sent what and when, and the text's digest, stay."""

from typing import Any

from django.core.management.base import BaseCommand

from alerts import old_texts
from cases import clock


class Command(BaseCommand):
    help = "Empty the texts of mails and texts sent more than KEEP_TEXTS_DAYS ago, but of children under a legal hold."

    def handle(self, *args: Any, **options: Any) -> None:
        before = old_texts.kept_since(clock.now())
        self.stdout.write(f"{old_texts.empty(before=before)} texts from before {before:%Y-%m-%d} emptied")
