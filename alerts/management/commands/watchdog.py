"""Watch the engine from outside Celery, and do its work when it stalls."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from alerts import watchdog
from alerts.watchdog import Looked
from cases import clock


class Command(BaseCommand):
    help = "Watch for ever; with --once look once, exit code 1 when there is trouble."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")
        parser.add_argument("--json", action="store_true", help="print one JSON object for each look")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["once"]:
            watchdog.run(clock=clock.now, say=self._say if options["json"] else None)
            return
        looked = watchdog.look(watchdog.Watch(), clock=clock.now)
        if options["json"]:
            self._say(looked)
        else:
            self.stdout.write("\n".join(looked.trouble) or "The engine is on time.")
        if looked.trouble:
            raise SystemExit(1)

    def _say(self, looked: Looked) -> None:
        """One line, at once: whoever reads watches with it."""
        found = {"trouble": list(looked.trouble), "swept": looked.swept, "accepted": looked.accepted}
        self.stdout.write(json.dumps(found))
        self.stdout.flush()
