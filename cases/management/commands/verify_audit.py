"""Prove that nobody has changed the record, or say which row it is."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases import clock
from cases.audit.chains import Finding
from cases.audit.verification import Verification

# So many are printed; the rest are counted.
SHOWN = 1000


class Command(BaseCommand):
    help = "Make every chain and seal of the record anew. Exit code 1 and the rows when one does not fit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        run = Verification()
        shown, number = _some(run.findings(now=clock.now()))
        read = {"events": run.events, "seals": run.seals, "rows": run.rows, "unsealed": run.unsealed}
        if options["json"]:
            answer = {
                "verifies": not number,
                **read,
                "wrong": number,
                "findings": [vars(one) for one in shown],
            }
            self.stdout.write(json.dumps(answer))
        else:
            self._say(shown, number, read)
        if number:
            raise SystemExit(1)

    def _say(self, shown: list[Finding], number: int, read: dict[str, int]) -> None:
        for one in shown:
            row = "" if one.row is None else f" row {one.row}"
            about = f" ({one.about})" if one.about else ""
            self.stdout.write(f"{one.table}{row}{about}: {one.wrong}")
        if number > len(shown):
            self.stdout.write(f"and {number - len(shown)} more")
        self.stdout.write(
            f"{'The record does not verify.' if number else 'The record verifies.'} Read: {read['events']} events, "
            f"{read['seals']} seals over {read['rows']} rows; {read['unsealed']} rows have no seal yet."
        )


def _some(findings: Iterator[Finding]) -> tuple[list[Finding], int]:
    """The first of them, and how many there are: whatever was done to the record, memory stays the same."""
    shown: list[Finding] = []
    number = 0
    for one in findings:
        number += 1
        if len(shown) < SHOWN:
            shown.append(one)
    return shown, number
