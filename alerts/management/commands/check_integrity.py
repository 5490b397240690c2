"""Ask of the whole record whether the promise holds."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from alerts import integrity, nightly
from cases import clock


class Command(BaseCommand):
    help = "Check every invariant. Exit code 1 and the offending references when one is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print a JSON list")

        parser.add_argument("--keep", action="store_true", help="keep the count for /health/, as each night")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        answers = integrity.check(now)
        if options["keep"]:
            nightly.keep(answers, at=now)
        if options["json"]:
            self.stdout.write(json.dumps([vars(answer) for answer in answers]))
        else:
            for answer in answers:
                state = "ok" if not answer.references else "BROKEN " + ", ".join(answer.references)
                self.stdout.write(f"{answer.invariant}: {answer.question}: {state}")
        if any(answer.references for answer in answers):
            raise SystemExit(1)
