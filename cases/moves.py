"""Whether a status may move: one pure rule over the tables of lawful moves."""

from collections.abc import Mapping
from datetime import datetime


class IllegalMove(Exception):
    """The fact that was to be recorded cannot follow from what stands; the message is for the reader."""


def require_open(closed_at: datetime | None, *, happened_at: datetime | None = None) -> None:
    """Raise `IllegalMove` where the case was closed at `closed_at`; what `happened_at` before that may be written late."""
    if closed_at is not None and (happened_at is None or happened_at >= closed_at):
        raise IllegalMove("This case is closed: nothing more can be recorded in it.")


def require_watched(closed_at: datetime | None) -> None:
    """The same for an alarm: whoever raises it hears that nobody would be told, and whom to ring."""
    if closed_at is not None:
        raise IllegalMove(
            "This case is closed, so nobody would be told. Ring 999 or 101 now, then the duty desk."
        )


def require(table: Mapping[str, frozenset[str]], current: str, wanted: str, *, what: str) -> None:
    """Raise `IllegalMove` unless `table` lets `what` go from `current` to `wanted`."""
    if wanted not in table.get(current, frozenset()):
        raise IllegalMove(f"{what} cannot go from “{current}” to “{wanted}”.")
