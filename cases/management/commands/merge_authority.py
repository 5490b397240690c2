"""Pass every child of an authority that is abolished or merged to its successor; without --do it says what that would be."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import clock, left_behind, mergers
from cases.models import Authority, User
from cases.states import IllegalMove


class Command(BaseCommand):
    help = "Say what would pass from an authority to its successor; with --do, pass it on now, in one commit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("authority", help="the code of the authority that ends, such as E10000016")
        parser.add_argument("successor", help="the code of the one that takes over")
        parser.add_argument("--do", action="store_true", help="pass it on; otherwise nothing is changed")
        parser.add_argument(
            "--left", action="store_true", help="pass on what an earlier merger of it has left behind"
        )
        parser.add_argument("--by", help="with --do: the email address of whoever decided it")

    def handle(self, *args: Any, **options: Any) -> None:
        authority, successor = (_authority(options[name]) for name in ("authority", "successor"))
        now = clock.now()
        if options["left"]:
            self._pass_left(authority, successor, options, now)
            return
        if not options["do"]:
            self._say(mergers.plan(authority, successor, at=now))
            self.stdout.write("Nothing was changed. Add --do and --by to pass it on.")
            return
        try:
            done = mergers.move(authority, successor, by=_decided_by(options), at=now)
        except IllegalMove as refusal:
            raise CommandError(str(refusal)) from refusal
        self._say(done)
        self.stdout.write(f"{successor.name} is responsible from {now:%Y-%m-%d %H:%M:%S} UTC on.")

    def _pass_left(
        self, authority: Authority, successor: Authority, options: dict[str, Any], now: datetime
    ) -> None:
        try:
            left = left_behind.found(authority, at=now)
            if left.successor != successor:
                raise CommandError(f"{left.successor.name} ({left.successor.code}) stands in its place now.")
            if options["do"]:
                left = left_behind.pass_on(authority, by=_decided_by(options), at=now)
        except IllegalMove as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Left behind: {left.children} children, {left.homes} homes, {left.teams} teams.")
        if options["do"]:
            self.stdout.write(f"{successor.name} is responsible from {now:%Y-%m-%d %H:%M:%S} UTC on.")
        else:
            self.stdout.write("Nothing was changed. Add --do and --by to pass it on.")

    def _say(self, plan: mergers.Plan) -> None:
        self.stdout.write(
            f"{plan.children} children ({plan.closed} of closed cases), {plan.teams} teams with their people; "
            f"open transfers: {plan.sent} from it, {plan.coming} to it, {plan.between} between the two, withdrawn."
        )
        self.stdout.write(
            f"In its area: {plan.homes} homes, and {plan.hosted} children whom some authority has placed there."
        )
        if plan.clashes:
            self.stdout.write(f"In both authorities, to be renamed first: {', '.join(plan.clashes)}.")
        if plan.on_the_way:
            self.stdout.write(f"On the way between the two, to arrive first: {', '.join(plan.on_the_way)}.")
        if plan.agreed:
            self.stdout.write(f"Policies of its own, which pass to nobody: {', '.join(plan.agreed)}.")
        for one in plan.carried:
            self.stdout.write(f"{one.what}: {one.there}. {one.becomes}")
        self.stdout.write(
            f"Left to an administrator: {plan.roles} roles and {plan.mailboxes} mailboxes of the authority itself."
        )


def _decided_by(options: dict[str, Any]) -> User:
    by = User.objects.filter(email=(options["by"] or "").lower(), is_active=True).first()
    if by is None:
        raise CommandError("Say with --by who decided it: the email address of an open account.")
    return by


def _authority(code: str) -> Authority:
    found = Authority.objects.filter(code=code).first()
    if found is None:
        raise CommandError(f"There is no authority with the code {code}.")
    return found
