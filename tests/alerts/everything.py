"""What clocks are computed from, read from every table: what the engine reads must be no less."""

from collections.abc import Collection
from datetime import datetime
from unittest.mock import patch

from alerts import kept_policies, watching
from alerts.watching import Watched
from cases import facts, presence


def watched_from_every_table(ids: Collection[int], *, at: datetime) -> dict[int, Watched]:
    """The same as `watching.watch`, with no policy kept and no table left out.

    But for tables of the facts: what one child has no need of is read of it where another of the set has.
    """
    of_facts = {name for name, _rows in facts.SELDOM}
    every = {name for name, _rows in watching.QUESTIONS_WITH_PAPERS} - of_facts
    rules = kept_policies.read(ids)
    with (
        patch.object(watching, "asked", lambda ids, **_: every | presence.found(facts.SELDOM, ids)),
        patch.object(kept_policies, "of", lambda ids, _there: rules),
    ):
        return watching.watch(ids, papers=True, at=at)
