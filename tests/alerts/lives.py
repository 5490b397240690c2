"""Children of as many authorities, of whom the same is written at the same instants: each council by a version of its own."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from alerts import figures, publications, revisions
from alerts.duties import Duty
from alerts.models import Clock, DutyStep
from cases.models import Child, MissingEpisode
from tests.alerts.replays import Punctual
from tests.factories import AT, Watched, a_child, a_watched_child, placed, seen

# Long before the first fact: who has lived there since then at a low risk is settled.
LONG_BEFORE = AT - timedelta(days=100)
HOUR = timedelta(hours=1)


def settled(**details: Any) -> Watched:
    """A settled child whom two organisations saw within the last hour."""
    one = a_watched_child(at=LONG_BEFORE, risk="low", **details)
    _seen_by_two(one, one.child)
    return one


def a_mate(of: Watched) -> Child:
    """Another settled child of the same house and council."""
    child = a_child(of.authority, team=of.team, worker=of.worker, at=LONG_BEFORE, risk="low")
    placed(child, of.home)
    _seen_by_two(of, child)
    return child


def _seen_by_two(by: Watched, child: Child) -> None:
    seen(child, by=by.carer, at=AT - HOUR)
    seen(child, by=by.worker, at=AT - HOUR / 2)


class Lives(Punctual):
    """The engine over all of them, never late."""

    def __init__(
        self,
        number: int = 2,
        made: Callable[[], Watched] = a_watched_child,
        kinds: Collection[str] = Clock.Kind.values,
    ) -> None:
        self.all: tuple[Watched, ...] = tuple(made() for _ in range(number))
        super().__init__(AT, kinds)
        self.sweep()

    def episode(self, of: Watched) -> MissingEpisode:
        return MissingEpisode.objects.get(child=of.child)

    def step(self, of: Watched, duty: Duty) -> DutyStep:
        return DutyStep.objects.get(episode__child=of.child, kind=duty)

    def do(self, what: Callable[[Watched], Any], *, at: datetime) -> None:
        self.go_to(at)
        for one in self.all:
            what(one)
        self.sweep()

    def agree(self, of: Watched, key: str, **values: int) -> dict[str, Any]:
        """The authority's own version of a policy with these figures, before anything happens; returns it."""
        data = changed(key, **values)
        publications.publish_figures(
            key,
            data,
            reason="As the board decided",
            takes_effect_at=self.now + timedelta(minutes=1),
            seconded_by=of.head,
            authority_id=of.authority.pk,
            by=of.manager,
            at=self.now,
        )
        self.sweep()
        return data


def changed(key: str, **values: int) -> dict[str, Any]:
    """The last version that is delivered, with these figures in place of its own."""
    last = revisions.last_of(key)
    return figures.changed(last.data, revisions.figures_of(last), values)
