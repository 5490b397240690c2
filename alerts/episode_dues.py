"""What the episodes of some children owe, read for their clocks in a fixed number of queries: duty steps and reviews."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from alerts import force_dues, policies, review_ladder
from alerts.duties import OF_SEARCH, Rule
from alerts.models import Clock, DutyStep
from alerts.policy_shelf import Shelf
from alerts.schedule import Expected
from cases import review_dates, reviews
from cases.facts import ChildFacts
from cases.models import (
    EpisodeOfficer,
    ForceInCharge,
    ForceOffer,
    FoundMatch,
    MissingEpisode,
    PoliceGrade,
    Risk,
)
from cases.review_dates import Due
from cases.worded import Question, worded

_STEPS = Question(lambda episodes: DutyStep.objects.filter(episode__among=episodes))


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
    for step in _STEPS(sought.keys()) if sought else ():
        found.setdefault(sought[step.episode_id], []).append(step)
    return found


@dataclass(frozen=True)
class Led:
    """What is owed of the force that leads one episode, by the policy of the time from which each counts."""

    episode_id: int
    owed: tuple[tuple[str, Expected | None], ...]


@dataclass(frozen=True)
class Leading:
    """What is on record of the force that leads one search: since when, its officer, and what waits for an answer."""

    began_at: datetime | None
    has_officer: bool = False
    # Who wrote this officer down, by key; nobody of rows from before officers had a row of their own.
    named_by: int | None = None
    # When the last officer left.
    left_at: datetime | None = None
    offered_at: datetime | None = None
    # When somebody first, and last, said of a found child that it may be this one, of those that nobody has answered.
    found_at: datetime | None = None
    found_again_at: datetime | None = None
    # Which of these have a clock already, so that an alert of it stands down.
    standing: tuple[str, ...] = ()


def led(loaded: Mapping[int, ChildFacts], demos: Collection[int], shelf: Shelf) -> dict[int, list[Led]]:
    """What is owed of the forces in charge of these children's searches and about found children, by child."""
    searches = {e.pk: e for c in loaded.values() for e in c.episodes}
    if not searches:
        return {}
    found: dict[int, list[Led]] = {}
    for row in _leads(searches.keys()):
        child = loaded[searches[row.pk].child_id]
        child_id = child.child.pk
        leading = Leading(
            row.began_at,
            row.has_officer or child_id in demos,
            row.named_by,
            row.left_at,
            row.offered_at,
            row.matched_at,
            row.matched_again_at,
            tuple(d for d in OF_SEARCH if d in (row.clocked or ())),
        )
        owed = tuple(of_the_force(leading, searches[row.pk], child, shelf.duties(child.responsible)))
        if owed:
            found.setdefault(child_id, []).append(Led(row.pk, owed))
    return found


def of_the_force(
    leading: Leading, episode: MissingEpisode, child: ChildFacts, versions: Sequence[policies.Duties]
) -> Iterator[tuple[str, Expected | None]]:
    """What is owed of the force in charge of one search, by its name; nothing once the search is over.

    Whether a found child is this one is asked of the council, be the police owed word or not.
    """
    over = episode.ended_at is not None or child.watched_until is not None
    began_at, owed_at = leading.began_at, episode.police_owed_at
    doubted_at = _doubted_at(leading, child)
    found_at, found_again_at = _asked_about(leading, episode) if not over else (None, None)
    lead = force_dues.Lead(
        episode.pk,
        max(began_at, owed_at) if not over and began_at is not None and owed_at is not None else None,
        has_officer=(leading.has_officer and doubted_at is None) or child.child.is_drill,
        left_at=max(filter(None, (leading.left_at, doubted_at)), default=None),
        offered_at=leading.offered_at,
        found_at=found_at,
        found_again_at=found_again_at,
        high=Risk.HIGH in (episode.our_grade, child.child.risk) or episode.police_grade == PoliceGrade.HIGH,
        standing=leading.standing,
    )
    return force_dues.expected(lead, _rules_of(lead, versions))


def _doubted_at(leading: Leading, child: ChildFacts) -> datetime | None:
    """From when on the officer counts as none: a mark keeps the child from whoever wrote them down."""
    standing = (mark for mark in child.keep_from if mark.ends_at is None)
    return next((mark.starts_at for mark in standing if mark.user_id == leading.named_by), None)


def _asked_about(leading: Leading, episode: MissingEpisode) -> tuple[datetime | None, datetime | None]:
    """From when, first and again, the council is asked about found children of this open search.

    About nobody while it is known where the child is; who is looked for after all is asked about from then on.
    """
    if leading.found_at is None or leading.found_again_at is None or not episode.is_looked_for:
        return None, None
    if episode.started_by != MissingEpisode.StartedBy.AWAY or episode.find_me_at is None:
        return leading.found_at, leading.found_again_at
    return max(leading.found_at, episode.find_me_at), max(leading.found_again_at, episode.find_me_at)


def _rules_of(lead: force_dues.Lead, versions: Sequence[policies.Duties]) -> dict[str, Rule]:
    """Each by the version in force when it began to be owed."""
    rules = {}
    for duty, since in force_dues.began(lead).items():
        version = policies.duties_at(versions, since)
        rule = next((one for one in version.rules if one.duty == duty), None) if version else None
        if rule is not None:
            rules[duty] = rule
    return rules


@worded
def _leads(episodes: Any) -> QuerySet[MissingEpisode, Any]:
    of_episode = OuterRef("pk")
    starts = ForceInCharge.objects.filter(episode=of_episode).order_by("-starts_at")
    officers = EpisodeOfficer.objects.filter(episode=of_episode, force=OuterRef("led_by"))
    offers = ForceOffer.objects.filter(episode=of_episode, answer="").values("offered_at")
    asked = FoundMatch.objects.filter(episode=of_episode, answer="", found__closed_at=None)
    clocks = Clock.objects.filter(episode=of_episode, kind=Clock.Kind.DUTY, duty__in=OF_SEARCH)
    return MissingEpisode.objects.filter(pk__among=episodes).annotate(
        led_by=Subquery(starts.values("force")[:1]),
        began_at=Subquery(starts.values("starts_at")[:1]),
        has_officer=Exists(officers.filter(ends_at=None)),
        named_by=Subquery(officers.filter(ends_at=None).values("recorded_by")[:1]),
        left_at=Subquery(officers.order_by("-ends_at").values("ends_at")[:1]),
        offered_at=Subquery(offers[:1]),
        matched_at=Subquery(asked.order_by("proposed_at").values("proposed_at")[:1]),
        matched_again_at=Subquery(asked.order_by("-proposed_at").values("proposed_at")[:1]),
        clocked=ArraySubquery(clocks.values("duty")),
    )


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
    shelf: Shelf,
    at: datetime,
) -> dict[int, list[Reviewed]]:
    """The reviews of these children's episodes, by child: of open ones, and of ended ones with clocks that must stand down.

    `kept` are the clocks that stand, by child, episode and key. A story's or a drill's child is watched by a policy
    without a ladder for them.
    """
    counted = [e for one in loaded.values() for e in one.episodes if e.counts_from is not None]
    running = [e for e in counted if reviews.is_reviewed(e)]
    on_record = reviews.on_record(running) if running else {}
    standing: dict[int | None, set[str]] = {}
    for _child_id, episode_id, key in kept:
        standing.setdefault(episode_id, set()).add(key)
    found: dict[int, list[Reviewed]] = {}
    for episode in counted:
        own = on_record.get(episode.pk, reviews.OnRecord())
        owed: tuple[review_ladder.Owed, ...] = ()
        if episode in running and episode.counts_from is not None and episode.child_id not in demos:
            versions = shelf.reviews(loaded[episode.child_id].responsible)
            owed = review_ladder.owed(episode.counts_from, own.held, versions, withdrawn=own.withdrawn, at=at)
        if episode in running or episode.pk in standing:
            keys = frozenset(standing.get(episode.pk, ()))
            found.setdefault(episode.child_id, []).append(
                Reviewed(episode.pk, owed, frozenset(own.held), keys)
            )
    return found
