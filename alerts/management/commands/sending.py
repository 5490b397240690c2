"""Say whether messages go out, switch it with who and why, and decide about old ones after a restore."""

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts import drills, restores, sending
from alerts.models import Message
from cases import clock
from cases.states import IllegalMove


class Command(BaseCommand):
    help = (
        "Without a word: is sending on, and which old messages wait for a decision? Exit code 1 when it is off. "
        "'on' and 'off' switch it; 'release' and 'drop' decide about the messages named, or --all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "what", nargs="?", default="show", choices=("show", "on", "off", "release", "drop")
        )
        parser.add_argument("messages", nargs="*", type=UUID, help="ids of held messages")
        parser.add_argument("--all", action="store_true", help="every held message")
        parser.add_argument("--by", default="", help="the sign-in of the administrator who decides")
        parser.add_argument("--why", default="", help="the reason, which is kept")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = self._do(options)
        except IllegalMove as error:
            raise CommandError(str(error)) from error
        state = sending.state()
        held = [_line(message) for message in Message.objects.held().select_related("episode__child")]
        if options["json"]:
            self.stdout.write(json.dumps({"on": state.on, "why": state.why, "done": done, "held": held}))
        else:
            self.stdout.write(f"Sending: {state.why}. {len(held)} old messages wait for a decision.")
            for line in held:
                self.stdout.write("  ".join(line.values()))
        if options["what"] == "show" and not state.on:
            raise SystemExit(1)

    def _do(self, options: dict[str, Any]) -> int:
        what, why, now = options["what"], options["why"], clock.now()
        if what == "show":
            return 0
        by = drills.administrator(options["by"], at=now)
        if what == "on":
            return restores.switch_on(why=why, by=by, clock=clock.now)
        if what == "off":
            restores.switch_off(why=why, by=by, at=now)
            return 0
        ids = options["messages"]
        if options["all"]:
            ids = list(Message.objects.held().values_list("pk", flat=True))
        decide = restores.release if what == "release" else restores.drop
        return decide(ids, why=why, by=by, at=now)


def _line(message: Message) -> dict[str, str]:
    """What a person needs to decide, without any name."""
    about = {item.alert.child.reference for item in message.items.select_related("alert__child")}
    return {
        "id": str(message.pk),
        "owed": f"{message.owed_at:%Y-%m-%d %H:%M} UTC",
        "kind": f"{message.kind} {message.step}",
        "channel": message.channel,
        "post": message.post,
        "about": ", ".join(sorted(about)),
    }
