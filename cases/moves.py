"""Whether a status may move: one pure rule over the tables of lawful moves."""

from collections.abc import Mapping


class IllegalMove(Exception):
    """The fact that was to be recorded cannot follow from what stands; the message is for the reader."""


def require(table: Mapping[str, frozenset[str]], current: str, wanted: str, *, what: str) -> None:
    """Raise `IllegalMove` unless `table` lets `what` go from `current` to `wanted`."""
    if wanted not in table.get(current, frozenset()):
        raise IllegalMove(f"{what} cannot go from “{current}” to “{wanted}”.")
