"""Handle every due clock once, as the workers do."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts import heartbeats, outages, sending
from alerts import sweep as sweeping
from cases import clock


class Command(BaseCommand):
    help = "Handle every due clock once. Exit code 1 when a record failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not sending.is_on():
            raise CommandError(f"Not swept: {sending.state().why}.")
        now = clock.now()
        outages.notice(now=now)
        swept = sweeping.sweep_all(now=now)
        heartbeats.beat(heartbeats.SWEEP, at=now, clocks=swept.clocks, failed=swept.failed)
        result = {"clocks": swept.clocks, "failed": swept.failed}
        self.stdout.write(
            json.dumps(result) if options["json"] else f"{swept.clocks} clocks, {swept.failed} failed"
        )
        if swept.failed:
            raise SystemExit(1)
