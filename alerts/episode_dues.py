"""What the episodes of some children owe, read for their clocks in a fixed number of queries: duty steps and reviews."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import policies, review_ladder
from alerts.models import DutyStep
from alerts.schedule import Expected
from cases import review_dates, reviews
from cases.facts import ChildFacts
from cases.models import MissingEpisode
from cases.review_dates import Due


@dataclass(frozen=True)
class Reviewed:
    """The reviews of one episode: those that climb or come next, the due instants of those held, and the clocks that stand."""

    episode_id: int
    owed: tuple[review_ladder.Owed, ...]
    held: frozenset[datetime]
    standing: frozenset[str]

    def expected(self) -> Iterator[tuple[str, Expected | None]]:
        """What each of these reviews owes, by its key: nothing once it is recorded or the search has ended.

        A birthday or an assessment of age ends none while the search goes on.
        """
        owed = {one.due.key: one for one in self.owed}
        for key in sorted(owed.keys() | self.standing):
            one = owed.get(key)
            yield key, None if one is None else Expected(one.first_at, None, "review", (key,), one.steps)


def duty_steps(loaded: Mapping[int, ChildFacts]) -> dict[int, list[DutyStep]]:
    """The duty steps of these children's episodes; only one of which the police know, or that has ended, has any."""
    sought = {
        e.pk: child_id
        for child_id, c in loaded.items()
        for e in c.episodes
        if e.police_owed_at is not None or e.ended_at is not None
    }
    found: dict[int, list[DutyStep]] = {}
    for step in DutyStep.objects.filter(episode__in=sought) if sought else ():
        found.setdefault(sought[step.episode_id], []).append(step)
    return found


def not_held(
    reviewed: Sequence[Reviewed], episode: MissingEpisode | None, *, at: datetime
) -> tuple[Due, ...]:
    """The reviews of this open search that were due by `at` and are not recorded, and the one that comes next."""
    if episode is None or episode.counts_from is None or not reviews.is_reviewed(episode):
        return ()
    held = next((row.held for row in reviewed if row.episode_id == episode.pk), frozenset[datetime]())
    return review_dates.not_held(episode.counts_from, held, at=at)


def reviews_of(
    loaded: Mapping[int, ChildFacts],
    kept: Iterable[tuple[int, int | None, str]],
    demos: Collection[int],
    at: datetime,
) -> dict[int, list[Reviewed]]:
    """The reviews of these children's episodes, by child: of open ones, and of ended ones with clocks that must stand down.

    `kept` are the clocks that stand, by child, episode and key. A story's or a drill's child is watched by a policy
    without a ladder for them.
    """
    counted = [e for one in loaded.values() for e in one.episodes if e.counts_from is not None]
    running = [e for e in counted if reviews.is_reviewed(e)]
    on_record = reviews.on_record(running) if running else {}
    versions = policies.review_versions() if running else []
    standing: dict[int | None, set[str]] = {}
    for _child_id, episode_id, key in kept:
        standing.setdefault(episode_id, set()).add(key)
    found: dict[int, list[Reviewed]] = {}
    for episode in counted:
        own = on_record.get(episode.pk, reviews.OnRecord())
        owed: tuple[review_ladder.Owed, ...] = ()
        if episode in running and episode.counts_from is not None and episode.child_id not in demos:
            owed = review_ladder.owed(episode.counts_from, own.held, versions, withdrawn=own.withdrawn, at=at)
        if episode in running or episode.pk in standing:
            keys = frozenset(standing.get(episode.pk, ()))
            found.setdefault(episode.child_id, []).append(
                Reviewed(episode.pk, owed, frozenset(own.held), keys)
            )
    return found
