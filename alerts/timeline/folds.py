"""What the engine noted between two entries, folded into one line."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.utils.translation import ngettext

from alerts.timeline.entries import Entry, Unproved

# So many stand under the line; the group of system events has them all.
SHOWN = 12


@dataclass
class SystemEvents:
    """What the engine did between two entries, newest first."""

    entries: list[Entry] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.entries[0].at

    @property
    def title(self) -> str:
        count = len(self.entries)
        return ngettext("%(count)d system event", "%(count)d system events", count) % {"count": count}

    @property
    def key(self) -> str:
        """Stable while the list grows at its top, so that what is unfolded stays so."""
        return f"system-{self.entries[-1].at.timestamp():.6f}".replace(".", "-")

    @property
    def shown(self) -> list[Entry]:
        return self.entries[:SHOWN]

    @property
    def more(self) -> int:
        """How many stand nowhere but under their own filter."""
        return max(0, len(self.entries) - SHOWN)


Line = Entry | Unproved
Row = Entry | Unproved | SystemEvents
Place = TypeVar("Place")


def folded(lines: Iterable[Line], place: Callable[[Line], Place]) -> list[tuple[Place, Row]]:
    """Fold what folds, never across a border of two places; each row comes with its place."""
    rows: list[tuple[Place, Row]] = []
    for line in lines:
        here = place(line)
        last = rows[-1] if rows else None
        if isinstance(line, Unproved) or not line.folds:
            rows.append((here, line))
        elif last is not None and last[0] == here and isinstance(last[1], SystemEvents):
            last[1].entries.append(line)
        else:
            rows.append((here, SystemEvents([line])))
    return rows
