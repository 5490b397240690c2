"""What a policy of transfers would have told of one child's transfers: each keeps what counted when it was referred.

Nothing of silence changes with it, so the searches and the transfers are as they were on record, and so is what people did.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from alerts import pasts, policy_shelf, policy_turns, readings
from alerts.ladder import Standing
from alerts.models import Alert, Clock
from alerts.pasts import Past
from alerts.recorded_walks import Key, Walk
from alerts.replaying import Book, Raised
from alerts.schedule import Expected
from cases.facts import ChildFacts
from cases.models import Responsibility


@dataclass
class Moved:
    """One child's past, and the alerts of its transfers that stood open at the start."""

    past: Past
    open: dict[Key, tuple[Standing, datetime]] = field(default_factory=dict)

    @property
    def codes(self) -> dict[int, str]:
        """The code of each authority that was ever responsible for the child, by its id."""
        held = (row for _known_at, row in self.past.known.rows[Responsibility])
        return {row.authority_id: row.authority.code for row in held}


def read(ids: Collection[int], *, start: datetime) -> dict[int, Moved]:
    """Read what a replay of these children's transfers from `start` on needs, in a fixed number of queries."""
    found = {child_id: Moved(past) for child_id, past in pasts.read(ids, start=start).items()}
    kind = Clock.Kind.TRANSFER
    standing = Alert.objects.filter(child__among=set(found), clock__kind=kind, opened_at__lt=start)
    for alert in standing.exclude(ended_at__lt=start).select_related("clock").prefetch_related("climbed"):
        stood = (pasts.stood_before(alert, start), alert.opened_at)
        found[alert.child_id].open[None, alert.clock.duty] = stood
    return found


def replay(moved: Moved, book: Book, *, until: datetime) -> list[Raised]:
    """Return every alert of a transfer that would have been open from the past's start to `until`, in order."""
    if moved.past.begins_at >= until:
        return []
    codes = moved.codes

    def asked(facts: ChildFacts, at: datetime) -> Iterator[tuple[Key, Expected]]:
        one = facts.transfer
        if one is None:
            return
        whose = policy_turns.responsible(facts.responsible, one.referred_at)
        limits = policy_shelf.kept_of(book.at(at), one, whose, codes)
        for what, owed in readings.of_transfer(facts, limits).items():
            yield (None, str(what)), owed

    return Walk(moved.past, str(Clock.Kind.TRANSFER), asked, moved.open).through(book, (), until=until)
