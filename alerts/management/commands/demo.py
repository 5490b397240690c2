"""Set the demo's stage and begin a story unless a young one stands."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts import demo, demo_cast
from cases import clock
from cases.states import IllegalMove


class Command(BaseCommand):
    help = "Begin the demo's story, unless one younger than six hours stands, and print the sign-ins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            stage = demo.set_stage(at=clock.now())
            # The stage takes seconds to set, and the story's first alarm is counted from here.
            began = demo.begin(stage, at=clock.now())
        except IllegalMove as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"began": began, "sign_ins": demo_cast.sign_ins()}))
            return
        self.stdout.write("A new story begins." if began else "The story goes on.")
        for entry in demo_cast.sign_ins():
            self.stdout.write(
                f"{entry['role']:32} {entry['email']:32} {entry['password']} {entry.get('app_key', '')}".rstrip()
            )
