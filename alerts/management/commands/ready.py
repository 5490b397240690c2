"""Say whether this service may be given its first real child, and what stands in the way."""

import io
import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser, SystemCheckError

from alerts import health
from cases import clock
from cases.models import Authority, Mailbox, Membership, Role


class Command(BaseCommand):
    help = "Exit code 0 where nothing stands in the way of going live, 1 and each thing that does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(_in_the_way())
        if options["json"]:
            rows = [{"what": what, "detail": detail} for what, detail in found]
            self.stdout.write(json.dumps({"ready": not found, "in_the_way": rows}))
        else:
            for what, detail in found:
                self.stdout.write(f"{what}: {detail}")
            self.stdout.write("Not ready." if found else "Ready.")
        if found:
            raise SystemExit(1)


def _in_the_way() -> Iterator[tuple[str, str]]:
    now = clock.now()
    if settings.DEMO:
        yield "demo", "this is the demo, which is never given a real child"
    yield from _settings()
    for address in health.unproved(now):
        yield "mailbox", f"{address} was not proved by a test: Mailboxes, Test"
    administered = set(
        Membership.objects.current(now).filter(role=Role.ADMINISTRATOR).values_list("authority", flat=True)
    )
    if not administered:
        yield "authority", "none has an administrator"
    desks = set(
        Mailbox.objects.current(now)
        .filter(purpose=Mailbox.Purpose.DUTY)
        .values_list("team__authority", flat=True)
    )
    for authority in Authority.objects.filter(pk__in=administered - desks).order_by("code"):
        yield "authority", f"{authority.code} has no mailbox of a duty desk"
    for check in health.read(now):
        if not check.ok and check.urgent:
            yield check.name, check.detail


def _settings() -> Iterator[tuple[str, str]]:
    """What Django itself warns of in a live service."""
    said = io.StringIO()
    try:
        call_command("check", "--deploy", "--fail-level", "WARNING", stdout=said, stderr=said)
    except (CommandError, SystemCheckError) as error:
        for line in str(error).splitlines():
            if line.startswith("?:"):
                yield "settings", line.removeprefix("?:").strip()
