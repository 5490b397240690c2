"""What each fault cost, kept line by line where FAULTS_LEDGER says, and printed as the table of docs/faults.md."""

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """One fault: what was done to which processes, and how many messages were owed, lost and repeated."""

    fault: str
    done: str
    owed: int
    lost: int
    repeated: int
    took: str


def note(line: Line) -> None:
    """Keep a line, where somebody wants it."""
    wanted = os.environ.get("FAULTS_LEDGER")
    if wanted:
        with Path(wanted).open("a") as file:
            file.write(json.dumps(asdict(line)) + "\n")


def table(lines: Iterable[Line]) -> str:
    """The lines as a table in Markdown."""
    rows = [
        f"| {one.fault} | {one.done} | {one.owed:,} | {one.lost} | {one.repeated} | {one.took} |"
        for one in sorted(lines, key=lambda one: one.fault)
    ]
    head = "| Fault | What is done to the processes | Owed | Lost | Repeated | How long |"
    return "\n".join([head, "|---|---|---:|---:|---:|---|", *rows])


if __name__ == "__main__":
    print(table(Line(**json.loads(text)) for text in Path(sys.argv[1]).read_text().splitlines()))
