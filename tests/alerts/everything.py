"""What clocks are computed from, read from every table: what the engine reads must be no less."""

from collections.abc import Collection, Mapping
from datetime import datetime

from alerts import kept_policies, readings, watching
from alerts.readings import Reading
from alerts.watching import Watched
from cases import facts, presence


def watched_from_every_table(ids: Collection[int], *, at: datetime) -> dict[int, Watched]:
    """The same as `watching.watch`, with no policy kept and no table left out.

    But for tables of the facts: what one child has no need of is read of it where another of the set has.
    """
    there = watching.EVERY - facts.EVERY | presence.found(facts.SELDOM, ids)
    loaded, rules = facts.load(ids, there), kept_policies.read(ids)
    return watching._watched(loaded, there, rules, papers=True, draft=None, at=at)


def keep_no_policy() -> None:
    """Let the next look read the policies, as a process that has just begun does: for whoever counts what is read."""
    kept_policies._kept.sets.clear()


def said(watched: Mapping[int, Watched]) -> dict[int, list[Reading]]:
    """What every clock of each child says: of `watching.watch` what it says of `watching.whole`, whatever more that holds."""
    return {child_id: list(readings.readings(one)) for child_id, one in watched.items()}
