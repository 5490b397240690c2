"""Send every owed message once, as the workers do."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts import delivery, heartbeats, outbox, sending
from alerts.models import Message
from cases import clock


class Command(BaseCommand):
    help = (
        "Send every message that is owed now. Exit code 1 when some that are due, or were tried, are still unsent; "
        "what waits for its time or for a person is none of them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not sending.is_on():
            raise CommandError(f"Not sent: {sending.state().why}.")
        accepted = 0
        while sent := delivery.deliver(clock=clock.ticking()):
            accepted += sent
        heartbeats.beat(heartbeats.DRAIN, at=clock.now(), accepted=accepted)
        unsent = outbox.going(clock.now()).count()
        waiting = Message.objects.unsent().count() - unsent
        result = {"accepted": accepted, "unsent": unsent, "waiting": waiting}
        words = f"{accepted} accepted, {unsent} unsent, {waiting} waiting for their time or a person"
        self.stdout.write(json.dumps(result) if options["json"] else words)
        if unsent:
            raise SystemExit(1)
