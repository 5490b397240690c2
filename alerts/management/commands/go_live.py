"""Let the first real child be registered, by the word of an administrator; refused while `ready` fails."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from alerts import readiness
from cases import clock
from cases.models import User
from cases.states import IllegalMove


class Command(BaseCommand):
    help = "Record that an administrator lets this service go live; before that no child is registered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address of the administrator who decides it")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(email=options["email"].strip().lower(), is_active=True).first()
        if person is None:
            raise CommandError("Nobody here has this address.")
        try:
            made = readiness.go_live(person, at=clock.now())
        except IllegalMove as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Live since {made.at:%Y-%m-%d %H:%M} UTC, by {person.name}.")
