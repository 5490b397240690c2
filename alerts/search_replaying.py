"""What a policy of duty steps, of what an ending opens, or of reviews would have told of one child's searches.

Nothing of silence changes with these policies, so the searches and their steps are as they were on record, and so is what
people answered, from when they did. Everybody is punctual here as in `replaying`, and the ladder's own rule decides.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from alerts import (
    after,
    duty_steps,
    episode_dues,
    lead_pasts,
    pasts,
    policies,
    readings,
    review_ladder,
    step_pasts,
)
from alerts.after import EndFacts
from alerts.duties import OF_SEARCH, Duty, Planned, Rule
from alerts.ladder import Standing
from alerts.lead_pasts import Lead
from alerts.models import Alert, Clock, DutyStep
from alerts.pasts import Past
from alerts.policies import Duties
from alerts.policy_shelf import Shelf
from alerts.recorded_walks import Key, Walk
from alerts.replaying import Book, Raised
from alerts.schedule import Expected, Step
from cases import holidays, reviews
from cases.deadlines import add_working_days
from cases.facts import ChildFacts
from cases.models import MissingEpisode, MissingReview, PoliceGrade, Risk
from cases.states import EpisodeOutcome

# The policies that say what is asked of people in a search and after it, and the clock of each.
KINDS: Mapping[str, str] = {
    policies.DUTY: Clock.Kind.DUTY,
    policies.AFTER: Clock.Kind.DUTY,
    policies.REVIEW: Clock.Kind.REVIEW,
}
# The number of a version that is proposed and on record nowhere.
PROPOSED = 0


@dataclass(frozen=True)
class Review:
    """One record of a review that was due: when it was written, and when it was withdrawn if it was."""

    due_at: datetime
    recorded_at: datetime
    withdrawn_at: datetime | None


@dataclass
class Searched:
    """What is on record of one child's searches beside its facts, up to the end of a replay."""

    past: Past
    steps: list[DutyStep] = field(default_factory=list)
    reviews: dict[int, list[Review]] = field(default_factory=lambda: defaultdict(list))
    # What is owed of the forces in charge is read from, by search: of the duty steps alone.
    led: dict[int, Lead] = field(default_factory=dict)
    # The alerts that stood open at the start, each as it stood and when it was opened.
    open: dict[Key, tuple[Standing, datetime]] = field(default_factory=dict)

    @property
    def instants(self) -> set[datetime]:
        """When anything of it was written beside the events of the child."""
        moments: set[datetime | None] = {at for step in self.steps for at in step_pasts.instants(step)}
        for one in (one for of in self.reviews.values() for one in of):
            moments |= {one.recorded_at, one.withdrawn_at}
        for lead in self.led.values():
            moments |= lead.instants
        return {moment for moment in moments if moment is not None}


def read(ids: Collection[int], key: str, *, start: datetime) -> dict[int, Searched]:
    """Read what a replay of this policy from `start` on needs, in a fixed number of queries; nothing is written."""
    found = {child_id: Searched(past) for child_id, past in pasts.read(ids, start=start).items()}
    of_these = {"episode__child__among": set(found)}
    if key == policies.REVIEW:
        rows = MissingReview.objects.filter(due_at__isnull=False, **of_these).order_by("withdrawn_at")
        columns = ("episode__child", "episode", "due_at", "recorded_at", "withdrawn_at")
        for child_id, episode_id, due_at, recorded_at, withdrawn_at in rows.values_list(*columns):
            if due_at is not None:
                found[child_id].reviews[episode_id].append(Review(due_at, recorded_at, withdrawn_at))
    else:
        for step in DutyStep.objects.filter(**of_these).select_related("episode"):
            if step.is_after == (key == policies.AFTER):
                found[step.episode.child_id].steps.append(step)
    if key == policies.DUTY:
        for child_id, episode_id, lead in lead_pasts.read(set(found)):
            found[child_id].led[episode_id] = lead
    _read_open(found, key, start)
    return found


def _read_open(found: Mapping[int, Searched], key: str, start: datetime) -> None:
    standing = Alert.objects.filter(child__among=set(found), clock__kind=KINDS[key], opened_at__lt=start)
    standing = standing.exclude(ended_at__lt=start).select_related("clock").prefetch_related("climbed")
    for alert in standing:
        one, clock = found[alert.child_id], alert.clock
        own = {step.kind for step in one.steps} | (OF_SEARCH if key == policies.DUTY else set())
        if key == policies.REVIEW or clock.duty in own:
            one.open[clock.episode_id, clock.duty] = (pasts.stood_before(alert, start), alert.opened_at)


def replay(searched: Searched, book: Book, key: str, *, until: datetime) -> list[Raised]:
    """Return every alert of this policy's clocks that would have been open from the start to `until`, in order."""
    if searched.past.begins_at >= until:
        return []
    asked = _Asked(searched, book, key)
    walk = Walk(searched.past, str(KINDS[key]), asked.at, searched.open)
    return walk.through(book, searched.instants, until=until)


class _Asked:
    """What a policy asks for of the searches of one child."""

    def __init__(self, searched: Searched, book: Book, key: str) -> None:
        self.searched, self.book, self.key = searched, book, key
        # What each version asks for, whosever it is, by its number: a step may stand by one that is proposed away.
        versions = (*book.stored, *book.replaced)
        self.rules = {one.version: policies.duty_rules(one.data) for one in versions if "steps" in one.data}

    def at(self, facts: ChildFacts, at: datetime) -> Iterator[tuple[Key, Expected]]:
        shelf = self.book.at(at)
        for episode in facts.episodes:
            if self.key == policies.REVIEW:
                yield from self._reviews(episode, facts, shelf, at)
            elif episode.police_owed_at is not None or episode.ended_at is not None:
                yield from self._steps(episode, facts, shelf, at)
            if self.key == policies.DUTY:
                yield from self._of_the_force(episode, facts, shelf, at)

    def _reviews(
        self, episode: MissingEpisode, facts: ChildFacts, shelf: Shelf, at: datetime
    ) -> Iterator[tuple[Key, Expected]]:
        if not reviews.is_reviewed(episode) or episode.counts_from is None:
            return
        written = [one for one in self.searched.reviews.get(episode.pk, ()) if one.recorded_at <= at]
        held = {one.due_at for one in written if one.withdrawn_at is None or one.withdrawn_at > at}
        withdrawn = {
            one.due_at: one.withdrawn_at
            for one in written
            if one.withdrawn_at is not None and one.withdrawn_at <= at
        }
        versions = shelf.reviews(facts.responsible)
        for one in review_ladder.owed(episode.counts_from, held, versions, withdrawn=withdrawn, at=at):
            of = one.due.key
            yield (episode.pk, of), Expected(one.first_at, None, "review", (of,), one.steps)

    def _of_the_force(
        self, episode: MissingEpisode, facts: ChildFacts, shelf: Shelf, at: datetime
    ) -> Iterator[tuple[Key, Expected]]:
        """Its officer in the case, an answer to an offer of the lead, and about a found child: by the engine's own rule."""
        led = self.searched.led.get(episode.pk)
        if led is None:
            return
        versions = shelf.duties(facts.responsible)
        for duty, owed in episode_dues.of_the_force(led.at(at), episode, facts, versions):
            if owed is not None:
                yield (episode.pk, duty), owed

    def _steps(
        self, episode: MissingEpisode, facts: ChildFacts, shelf: Shelf, at: datetime
    ) -> Iterator[tuple[Key, Expected]]:
        versions = shelf.duties(facts.responsible, key=self.key)
        for row in self.searched.steps:
            step = step_pasts.stood(row, at) if row.episode_id == episode.pk else None
            if step is None:
                continue
            version = policies.duties_at(versions, _counts_from(step, episode))
            if version is not None and version.version == PROPOSED:
                if step.kind == Duty.REPEATED and _repeated(episode, facts, version.rules) is None:
                    continue
                step = self._as_proposed(step, version.rules, episode, facts)
            rungs = step.rungs
            if step.done_at is None and rungs and readings.is_asked(step, episode, facts):
                due_at = min(rungs.values())
                yield (episode.pk, step.kind), Expected(due_at, None, "duty", (step.kind,), rungs)
        yield from self._asked_anew(episode, facts, versions)

    def _asked_anew(
        self, episode: MissingEpisode, facts: ChildFacts, versions: Sequence[Duties]
    ) -> Iterator[tuple[Key, Expected]]:
        """The strategy meeting that a proposal asks for and nobody was asked for: nobody can have answered it."""
        if self.key != policies.AFTER or episode.ended_at is None or self._has(episode, Duty.REPEATED):
            return
        version = policies.duties_at(versions, episode.ended_at)
        if version is None or version.version != PROPOSED or not self._is_followed(episode):
            return
        one = _repeated(episode, facts, version.rules)
        step = None if one is None else duty_steps.new(episode, one, PROPOSED, episode.ended_at)
        if step is not None and step.rungs and readings.is_asked(step, episode, facts):
            rungs = step.rungs
            yield (
                (episode.pk, step.kind),
                Expected(min(rungs.values()), None, "duty", (step.kind,), rungs),
            )

    def _has(self, episode: MissingEpisode, kind: str) -> bool:
        return any((row.episode_id, row.kind) == (episode.pk, kind) for row in self.searched.steps)

    def _is_followed(self, episode: MissingEpisode) -> bool:
        """Whether its end opened steps at all: one from before there was a policy opened none."""
        return any(row.episode_id == episode.pk for row in self.searched.steps)

    def _as_proposed(
        self, step: DutyStep, rules: Sequence[Rule], episode: MissingEpisode, facts: ChildFacts
    ) -> DutyStep:
        """The step as it would have been planned by these rules, from what it was planned from."""
        old = _rule(self.rules.get(step.policy_version, ()), step.kind)
        new = _rule(rules, step.kind)
        if old is None or (not step.steps and old.escalates):
            # Planned by rules that nobody agreed, or of a death of which no rung hears: one from before any did.
            return step
        then = copy(step)
        first = _first(step, episode)
        high = _is_high(step, old, first, episode, facts)
        then.due_at = (
            step.due_at if new is None else _due(step, old, new, high=high, episode=episode, facts=facts)
        )
        then.steps = (
            {} if new is None else _moments(then.due_at, new, high, first, step=then, episode=episode)
        )
        return then


def _repeated(episode: MissingEpisode, facts: ChildFacts, rules: Sequence[Rule]) -> Planned | None:
    """The strategy meeting that these rules ask for after this end; None where they ask for none."""
    if episode.ended_at is None:
        return None
    _episodes, within = after.repeats(rules)
    lately = [
        one
        for one in facts.episodes
        if one.is_counted and episode.opened_at - within < one.opened_at <= episode.opened_at
    ]
    calendar = holidays.calendar_of(facts.nation)
    end = EndFacts(
        outcome=episode.outcome,
        found_at=episode.found_at or episode.ended_at,
        ended_at=episode.ended_at,
        episodes=len(lately),
        nation=calendar,
        holidays=holidays.of(calendar),
    )
    own = [rule for rule in rules if rule.duty == Duty.REPEATED]
    return next(iter(after.planned(end, own)), None)


def _counts_from(step: DutyStep, episode: MissingEpisode) -> datetime:
    """When the version counted by which a step is planned: the search's beginning, or that of what asks for it."""
    if step.is_after or step.kind == Duty.BED_KEPT:
        return step.planned_at
    began = episode.counts_from or episode.police_owed_at or step.planned_at
    return max(began, step.due_at) if step.kind == Duty.TURNED_18 else began


def _first(step: DutyStep, episode: MissingEpisode) -> datetime:
    """Before this no rung hears of it."""
    if step.is_after:
        return step.planned_at
    return episode.counts_from or episode.police_owed_at or step.planned_at


def _rule(rules: Sequence[Rule], kind: str) -> Rule | None:
    return next((rule for rule in rules if rule.duty == kind), None)


def _rungs(rule: Rule, high: bool) -> Sequence[tuple[Step, timedelta]]:
    return rule.escalates_high if high and rule.escalates_high is not None else rule.escalates


def _moments(
    due_at: datetime, rule: Rule, high: bool, first: datetime, *, step: DutyStep, episode: MissingEpisode
) -> dict[str, str]:
    """When each rung hears, as a step stores it."""
    since = due_at if step.is_after else max(due_at, first)
    moments = {rung: max(since + span, first) for rung, span in _rungs(rule, high)}
    if step.is_after and episode.outcome == EpisodeOutcome.DIED:
        moments = after.calmly(rule, moments)
    return {rung.value: moment.astimezone(UTC).isoformat() for rung, moment in moments.items()}


def _is_high(step: DutyStep, rule: Rule, first: datetime, episode: MissingEpisode, facts: ChildFacts) -> bool:
    """Whether it was planned for a high risk: as its rungs say, and where they do not as the risk stood."""
    planned = [
        high
        for high in (False, True)
        if _moments(step.due_at, rule, high, first, step=step, episode=episode) == dict(step.steps)
    ]
    if len(planned) == 1:
        return planned[0]
    graded = Risk.HIGH in (episode.our_grade, facts.child.risk)
    return graded or episode.police_grade == PoliceGrade.HIGH


def _due(
    step: DutyStep, old: Rule, new: Rule, *, high: bool, episode: MissingEpisode, facts: ChildFacts
) -> datetime:
    """By when it would have been due: as much sooner or later as the rule says, from the same beginning."""
    if old.working_days is None or new.working_days is None:
        return step.due_at + _after(new, high) - _after(old, high)
    if old.working_days == new.working_days:
        return step.due_at
    from_find = step.is_after and episode.outcome not in after.FROM_THE_WORD
    start = (step.episode.found_at or step.planned_at) if from_find else step.planned_at
    calendar = holidays.calendar_of(facts.nation)
    return add_working_days(start, new.working_days, nation=calendar, holidays=holidays.of(calendar))


def _after(rule: Rule, high: bool) -> timedelta:
    return min(rule.after, rule.after_high) if high and rule.after_high is not None else rule.after
