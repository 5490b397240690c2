"""Write the search keys of children's names anew, after a release that folds names otherwise."""

from typing import Any

from django.core.management.base import BaseCommand

from cases.search import keys


class Command(BaseCommand):
    help = "Write the search keys that are not what the names fold to. Safe to repeat, and while people work."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{keys.write_anew()} children have new keys.")
