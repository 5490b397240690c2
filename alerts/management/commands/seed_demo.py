"""Sow five years of invented children where there are none, or renew their evenings."""

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts import demo
from alerts.demo_states import making
from alerts.population import evenings, sowing
from alerts.population.plan import Plan
from cases import clock
from cases.audit import seals
from cases.states import IllegalMove


class Command(BaseCommand):
    help = "Fill the demo with 9,287 invented children of five years, of whom 360 are missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--number", type=int, default=Plan.number, help="the same number draws the same children"
        )
        parser.add_argument(
            "--as-at", type=_moment, help="the instant that their story has come to; now unless given"
        )
        parser.add_argument("--arrivals", type=int, help="fewer children of the same shape")
        parser.add_argument(
            "--into-empty-database",
            action="store_true",
            help="also outside the demo, where no child is on record",
        )
        parser.add_argument(
            "--at-start",
            action="store_true",
            help="sow where there is no child, renew where they were sown, and leave any other database alone",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        # The keys of what is sown are taken long before its rows are written.
        with seals.put_off():
            self._sow(options)
        if options["at_start"] and settings.DEMO:
            # The engine runs in a moment, and whoever is only looked at is to be heard of by nobody.
            making.strike_due(at=clock.now())

    def _sow(self, options: dict[str, Any]) -> None:
        now = clock.now()
        at = options["as_at"] or now
        if at > now:
            raise CommandError("--as-at must be now or in the past.")
        register = sowing.standing()
        if options["at_start"] and register is not None:
            self._say(options, {"renewed": evenings.renew(register, at=at)})
            return
        plan = Plan(at.replace(microsecond=0), options["number"])
        if options["arrivals"]:
            plan = plan.scaled(options["arrivals"])
        try:
            sowing.refuse_beside_others(empty_database=options["into_empty_database"])
            if settings.DEMO:
                # The story's authority has a population like every other.
                demo.set_stage(at=at)
            sown = sowing.sow(plan, empty_database=options["into_empty_database"])
        except IllegalMove as error:
            if not options["at_start"]:
                raise CommandError(str(error)) from error
            self._say(options, {"left_alone": str(error)})
            return
        self._say(options, vars(sown))

    def _say(self, options: dict[str, Any], said: dict[str, Any]) -> None:
        line = (
            json.dumps(said)
            if options["json"]
            else ", ".join(f"{what.replace('_', ' ')}: {n}" for what, n in said.items())
        )
        self.stdout.write(line)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
