"""Handle every due clock once, as the workers do."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts import heartbeats, outages, sending
from alerts import sweep as sweeping
from cases import clock


class Command(BaseCommand):
    help = (
        "Handle every due clock once. Exit code 1 when a record or a part of the work failed, "
        "or a record is set aside because it failed before."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not sending.is_on():
            raise CommandError(f"Not swept: {sending.state().why}.")
        now = clock.now()
        outages.notice(now=now)
        swept = sweeping.sweep_all(now=now)
        heartbeats.beat(heartbeats.SWEEP, at=now, clocks=swept.clocks, failed=swept.failures)
        result = {
            "clocks": swept.clocks,
            "failed": swept.failures,
            "faults": dict(swept.faults),
            "set_aside": sweeping.set_aside(now),
        }
        named = f" ({', '.join(sorted(swept.faults))})" if swept.faults else ""
        words = "{clocks} clocks, {failed} failed{named}, {set_aside} set aside".format(**result, named=named)
        self.stdout.write(json.dumps(result) if options["json"] else words)
        if result["failed"] or result["set_aside"]:
            raise SystemExit(1)
