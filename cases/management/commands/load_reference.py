"""Load the police forces, authorities and first responders; run again it changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand

from cases import clock, reference_data


class Command(BaseCommand):
    help = "Load the police forces, the authorities with children's social-care duties, and the first responders."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = reference_data.load(at=clock.now())
        self.stdout.write(
            f"{loaded.forces} police forces, {loaded.authorities} authorities and {loaded.responders} first responders"
            " loaded."
        )
