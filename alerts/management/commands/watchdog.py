"""Watch the engine from outside Celery, and do its work when it stalls."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from alerts import watchdog
from cases import clock


class Command(BaseCommand):
    help = "Watch for ever; with --once look once, exit code 1 when there is trouble."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")
        parser.add_argument("--json", action="store_true", help="with --once, print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["once"]:
            watchdog.run(clock=clock.now)
            return
        looked = watchdog.look(watchdog.Watch(), clock=clock.now)
        result = {"trouble": list(looked.trouble), "swept": looked.swept, "accepted": looked.accepted}
        lines = "\n".join(looked.trouble) or "The engine is on time."
        self.stdout.write(json.dumps(result) if options["json"] else lines)
        if looked.trouble:
            raise SystemExit(1)
