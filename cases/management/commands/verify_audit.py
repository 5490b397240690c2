"""Prove that nobody has changed the record, or say which row it is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases import clock
from cases.audit import heads
from cases.audit.chains import Finding
from cases.audit.heads import Head
from cases.audit.verification import Verification

# So many are printed; the rest are counted.
SHOWN = 1000


class Command(BaseCommand):
    help = "Make every chain and seal anew. Exit code 1 and the rows when one does not fit, 2 where the head cannot be read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head", type=Path, metavar="FILE", help="also hold the record against this head"
        )
        parser.add_argument(
            "--public-key", metavar="KEY", help="the key that signed the head, in base64; ours unless given"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        run = Verification()
        head = _head(options["head"], options["public_key"]) if options["head"] else None
        shown, number = _some(run.findings(now=clock.now(), head=head))
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


def _head(path: Path, public: str | None) -> Head:
    """The head in a file; what cannot be read ends with exit code 2, for then nothing was asked."""
    try:
        if not public and not settings.AUDIT_HEAD_KEY:
            raise CommandError("AUDIT_HEAD_KEY is not set: give --public-key.", returncode=2)
        key = heads.decoded(public) if public else heads.public_key(settings.AUDIT_HEAD_KEY)
        return heads.read(path.read_text(), key)
    except heads.Forged as error:
        raise CommandError(
            f"{path} was not signed with this key, or was changed since.", returncode=1
        ) from error
    except (heads.Unreadable, OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}, or the key, cannot be read.", returncode=2) from error


def _some(findings: Iterator[Finding]) -> tuple[list[Finding], int]:
    """The first of them, and how many there are: whatever was done to the record, memory stays the same."""
    shown: list[Finding] = []
    number = 0
    for one in findings:
        number += 1
        if len(shown) < SHOWN:
            shown.append(one)
    return shown, number
