"""Send every owed message once, as the workers do."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts import delivery, heartbeats, outbox, outcomes, sending
from alerts.models import Message
from cases import attempts, clock


class Command(BaseCommand):
    help = (
        "Send every message that is owed now. Exit code 1 when some failed for good, or some that are due, or were "
        "tried, are still unsent; what waits for its time or for a person is none of them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not sending.is_on():
            raise CommandError(f"Not sent: {sending.state().why}.")
        accepted, failed = _drain()
        heartbeats.beat(heartbeats.DRAIN, at=clock.now(), accepted=accepted)
        unsent = outbox.going(clock.now()).count()
        waiting = Message.objects.unsent().count() - unsent
        result = {"accepted": accepted, "failed": failed, "unsent": unsent, "waiting": waiting}
        words = f"{accepted} accepted, {failed} failed, {unsent} unsent, {waiting} waiting for their time or a person"
        self.stdout.write(json.dumps(result) if options["json"] else words)
        if failed or unsent:
            raise SystemExit(1)


def _drain() -> tuple[int, int]:
    """Send until a batch comes to nothing, and go on behind one that was refused; how many were accepted, and failed."""
    accepted = 0
    with attempts.counted() as faults:
        while True:
            before = faults[outcomes.FAILED]
            sent = delivery.deliver(clock=clock.ticking())
            accepted += sent
            if not sent and faults[outcomes.FAILED] == before:
                return accepted, faults[outcomes.FAILED]
