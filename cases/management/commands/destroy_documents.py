"""Destroy the documents of a record whose time has come; without --do it says what that would be."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import clock, destructions
from cases.models import Child, User
from cases.states import IllegalMove


class Command(BaseCommand):
    help = (
        "Say how many documents a record holds and until when it is kept; with --do, destroy them for good."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", help="the child's reference")
        parser.add_argument("--do", action="store_true", help="destroy them; otherwise nothing is changed")
        parser.add_argument("--by", help="with --do: the email address of the manager who decided it")
        parser.add_argument("--second", help="with --do: that of the data protection officer who agreed")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        child = Child.objects.filter(reference=options["reference"].upper()).first()
        if child is None:
            raise CommandError("There is no child with this reference.")
        if not options["do"]:
            self._say(destructions.plan(child, at=now))
            return
        by, second = _person(options["by"], "--by"), _person(options["second"], "--second")
        try:
            number = destructions.destroy_documents(child, seconded_by=second, by=by, at=now)
        except IllegalMove as refusal:
            raise CommandError(str(refusal)) from refusal
        self._remove_left(child, number)
        if kept := destructions.held_back(child):
            self.stdout.write(f"A legal hold was set since: it keeps {kept} files until it is lifted.")
        self.stdout.write(f"{number} documents are destroyed. Backups hold them until they are overwritten.")

    def _remove_left(self, child: Child, number: int) -> None:
        """Once more what the commit has removed already, so that whoever stands here hears what the disk did not let go."""
        try:
            destructions.remove_left(child)
        except OSError as error:
            raise CommandError(
                f"{number} documents are destroyed, but not all files are gone: {error}. Each hour tries again."
            ) from error

    def _say(self, plan: destructions.Plan) -> None:
        until = plan.kept.until.isoformat() if plan.kept.until is not None else "a birth date is known"
        hold = "A legal hold stands. " if plan.kept.hold is not None else ""
        self.stdout.write(
            f"{plan.number} documents, kept until {until} at the least. {hold}Nothing was changed."
        )


def _person(email: str | None, option: str) -> User:
    found = User.objects.filter(email=(email or "").lower(), is_active=True).first()
    if found is None:
        raise CommandError(f"Say with {option} who it is: the email address of an open account.")
    return found
