"""Say whether this service may be given its first real child, and what stands in the way."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from alerts import readiness
from cases import clock


class Command(BaseCommand):
    help = "Exit code 0 where nothing stands in the way of going live, 1 and each thing that does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(readiness.in_the_way(clock.now()))
        if options["json"]:
            rows = [{"what": what, "detail": detail} for what, detail in found]
            self.stdout.write(json.dumps({"ready": not found, "in_the_way": rows}))
        else:
            for what, detail in found:
                self.stdout.write(f"{what}: {detail}")
            self.stdout.write("Not ready." if found else "Ready.")
        if found:
            raise SystemExit(1)
