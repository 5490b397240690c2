"""Run a drill: a whole ladder about nobody, to chosen mailboxes, reported step by step."""

import dataclasses
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts import drills
from cases import clock
from cases.states import IllegalMove


class Command(BaseCommand):
    help = (
        "Let a whole ladder run about nobody, every message headed DRILL - NOT A CHILD, and end it. "
        "Exit code 1 when a message failed or a step is missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="the sign-in of the administrator who runs it")
        parser.add_argument("--force", default="", help="a registered mailbox, in place of the force's")
        parser.add_argument("--duty", default="", help="a registered mailbox, in place of the duty desk's")
        parser.add_argument(
            "--people", default="", help="where mails to worker, manager, head and director go"
        )
        parser.add_argument("--to", default="", help="one address for all of these, registered or not")
        parser.add_argument("--phone", default=drills.NOBODYS_PHONE, help="where texts and calls go")
        parser.add_argument("--step", type=float, default=5, help="seconds between two rungs")
        parser.add_argument("--json", action="store_true", help="print one JSON object for each line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            drill, plan = self._begin(options)
        except IllegalMove as error:
            raise CommandError(str(error)) from error
        failed = 0
        try:
            with _stopped_by_a_signal():
                for line in drills.run(drill, plan, clock=clock.now):
                    failed += line.failed or line.state == "bounced"
                    self._say(line, as_json=options["json"])
        except BaseException:
            drills.break_off(drill, at=clock.now())
            raise
        missing = drills.missing_steps(drill)
        result = {"what": "result", "failed": failed, "missing": missing}
        words = f"{failed} messages failed. Steps not reached: {', '.join(missing) or 'none'}."
        self.stdout.write(json.dumps(result) if options["json"] else words)
        if failed or missing:
            raise SystemExit(1)

    def _begin(self, options: dict[str, Any]) -> tuple[drills.Drill, drills.Plan]:
        now = clock.now()
        by = drills.administrator(options["by"], at=now)
        chosen = {name: options[name] or options["to"] for name in ("force", "duty", "people")}
        empty = [f"--{name}" for name, address in chosen.items() if not address]
        if empty:
            raise IllegalMove("Say where the mails go: %(options)s, or --to.", options=", ".join(empty))
        named = [options[name] for name in chosen if options[name]]
        drills.require_registered([address for address in named if address != options["to"]], at=now)
        if not 0 < options["step"] <= 900:
            raise IllegalMove("A step takes more than 0 and at most 900 seconds.")
        step = timedelta(seconds=options["step"])
        plan = drills.Plan(**chosen, phone=options["phone"], step=step)
        return drills.begin(plan, by=by, at=now), plan

    def _say(self, line: drills.Line, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(dataclasses.asdict(line) | {"at": line.at.isoformat()}))
            return
        words = (f"{line.at:%H:%M:%S}", line.what, line.step, line.channel, line.to, line.state, line.detail)
        self.stdout.write("  ".join(str(word) for word in words if word))


@contextmanager
def _stopped_by_a_signal() -> Iterator[None]:
    """Whoever stops the process, or the machine, stops the drill as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
