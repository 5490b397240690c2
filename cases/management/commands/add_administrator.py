"""Put the first administrator of an authority, or a reader of the national figures, on the list, with a sign-in link."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from cases import clock, invitations, people
from cases.models import Authority, Role
from cases.states import IllegalMove


class Command(BaseCommand):
    help = "Add somebody whom no administrator can add, and print a link for their first sign-in, which works once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True, help="the full name")
        parser.add_argument("--phone", default="")
        role = parser.add_mutually_exclusive_group(required=True)
        role.add_argument("--authority", help="the authority's code, such as E10000016: its administrator")
        role.add_argument("--statistics", action="store_true", help="a reader of the national figures")

    def handle(self, *args: Any, **options: Any) -> None:
        given: dict[str, Any] = {"role": Role.STATISTICIAN}
        if options["authority"]:
            authority = Authority.objects.filter(code=options["authority"]).first()
            if authority is None:
                raise CommandError(f"There is no authority with the code {options['authority']}.")
            given = {"role": Role.ADMINISTRATOR, "authority": authority}
        now = clock.now()
        own = {key: options[key] for key in ("email", "name", "phone")}
        try:
            with transaction.atomic():
                membership = people.enrol(**own, **given, by=None, at=now)
                parts = invitations.make(membership.user, by=None, at=now)
        except IllegalMove as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{settings.PUBLIC_URL.rstrip('/')}{reverse('welcome', args=parts)}")
