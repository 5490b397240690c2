"""Take one mail from the mail server's pipe on standard input."""

import os
import sys
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from alerts import incoming, letters
from cases import clock

logger = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Take one mail on standard input. Exit code 0 when it was taken, 67 when its address is nobody's, "
        "75 when the mail server must hand it in again."
    )
    # A report of a failed alert waits for no system check.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", default="", help="the envelope's recipient; else read from the header")
        parser.add_argument(
            "--sender", default=None, help="the envelope's sender, empty for reports; unknown when left out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        limit = settings.RECEIVE_BYTES
        content = sys.stdin.buffer.read(limit)
        # The rest is read and left: a mail server whose pipe breaks would hand it in again for days.
        cut = bool(content) and _drain()
        try:
            taken = incoming.receive(
                content,
                to=options["to"] or letters.sent_to(content),
                envelope_sender=None if options["sender"] is None else options["sender"].strip("<> "),
                cut=cut,
                at=clock.now(),
            )
        except Exception as error:
            # Away, locked, or a fault of ours: nothing that somebody wrote is lost for it.
            logger.exception("mail_not_received", error=type(error).__name__)
            raise SystemExit(os.EX_TEMPFAIL) from error
        if taken == incoming.Taken.UNKNOWN:
            self.stderr.write("No such address.")
            raise SystemExit(os.EX_NOUSER)


def _drain() -> bool:
    more = False
    while sys.stdin.buffer.read(65_536):
        more = True
    return more
