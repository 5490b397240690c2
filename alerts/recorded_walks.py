"""One child from instant to instant through what is on record of it, and the alerts that what is asked for would have raised.

Nothing of silence changes here: searches, transfers and what people answered are as they were, from when they were. What
is asked for then is the caller's to say; when it opens, climbs and ends is the ladder's own rule. Everybody is punctual.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from alerts import ladder
from alerts.ladder import Standing
from alerts.pasts import Past
from alerts.replaying import MOST_ROUNDS, Book, Climbed, Raised
from alerts.schedule import Expected
from cases.facts import ChildFacts

# The search, where it is of one, and which step, review or part of a transfer.
Key = tuple[int | None, str]
Asked = Callable[[ChildFacts, datetime], Iterable[tuple[Key, Expected]]]


class Walk:
    """The alerts of one kind of clock, those that stood open at the start with them."""

    def __init__(
        self, past: Past, kind: str, asked: Asked, standing: Mapping[Key, tuple[Standing, datetime]]
    ) -> None:
        self.past, self.kind, self.asked = past, kind, asked
        self.raised: list[Raised] = []
        self.open: dict[Key, tuple[Raised, Standing]] = {}
        first = past.at(past.begins_at)
        for of, (stood, opened_at) in standing.items():
            due_at = stood.due_at or opened_at
            alert = Raised(kind, due_at, opened_at, first.authority_id, is_older=True, about=of[1])
            self.raised.append(alert)
            self.open[of] = alert, stood

    def through(self, book: Book, instants: Collection[datetime], *, until: datetime) -> list[Raised]:
        """Return every alert that would have been open from the start to `until`; `instants` are more than the child's own."""
        start = self.past.begins_at
        begun = {*self.past.known.instants, *book.instants, *instants}
        coming = {at for at in begun if start < at < until}
        for instant, following in pairwise([start, *sorted(coming), until]):
            self._go(instant, following)
        return self.raised

    def _go(self, instant: datetime, following: datetime) -> None:
        """From what was known at `instant`, do all that is owed before the following one."""
        facts = self.past.at(instant)
        looks: datetime | None = instant
        while looks is not None and looks < following:
            looks = self._look(facts, looks)

    def _look(self, facts: ChildFacts, at: datetime) -> datetime | None:
        """Do what is owed at `at`, and return when to look next."""
        for _round in range(MOST_ROUNDS):
            asked = dict(self.asked(facts, at))
            coming: list[datetime] = []
            moved = False
            for of in sorted({*asked, *self.open}, key=str):
                alert, standing = self.open.get(of, (None, Standing()))
                decision = ladder.decide(asked.get(of), standing, at)
                if isinstance(decision, ladder.StandDown) and alert is not None:
                    alert.ended_at = at
                    del self.open[of]
                    moved = True
                elif isinstance(decision, ladder.Climb):
                    self._climb(of, asked[of], decision, facts, at)
                    moved = True
                elif decision.next_at is not None:
                    coming.append(decision.next_at)
            if not moved:
                return min((moment for moment in coming if moment > at), default=None)
        raise RuntimeError(f"the replay of child {facts.child.pk} does not come to rest at {at}")

    def _climb(
        self, of: Key, owed: Expected, decision: ladder.Climb, facts: ChildFacts, at: datetime
    ) -> None:
        if of not in self.open:
            alert = Raised(self.kind, decision.due_at, at, facts.authority_id, about=of[1])
            self.raised.append(alert)
            self.open[of] = alert, Standing(decision.due_at, owed.steps)
        alert, standing = self.open[of]
        for step, owed_at in decision.steps:
            alert.climbed.append(Climbed(str(step), owed_at, at, facts.authority_id))
            standing = replace(standing, climbed=standing.climbed | {str(step)})
        self.open[of] = alert, standing
