"""What silence would have owed a child under any policies, on the facts as they were known: by the ladders' own rules.

Everybody is punctual here: the sweep looks at the instant at which anything is due, every mail leaves and arrives, and
somebody stands on every rung. What people did stays as it was, when it was recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from alerts import call_ladder, clocks, expected, ladder, policies, policy_shelf, readings, values, watching
from alerts.clocks import Decision
from alerts.escalations.standdowns import ACCOUNTED_FOR, is_silence_alone, reason_of_silence
from alerts.ladder import Standing
from alerts.models import Clock, PolicyVersion
from alerts.pasts import REPLAYED, Key, Past
from alerts.policies import Calls
from alerts.policy_shelf import Shelf
from alerts.readings import Reading
from alerts.schedule import Row, Step
from alerts.supposed import Supposed
from alerts.watching import Watched
from cases.facts import ChildFacts
from cases.models import MissingEpisode

# More rounds at one instant than any facts can owe.
MOST_ROUNDS = 50


@dataclass(frozen=True, eq=False)
class Book:
    """The versions that a replay goes by, each with when it was put on record: nobody knew it before."""

    stored: tuple[PolicyVersion, ...]
    # Those in whose place one is proposed: nothing goes by them, and what they planned is on record.
    replaced: tuple[PolicyVersion, ...] = ()
    # By how many of them were known.
    _shelves: dict[int, Shelf] = field(default_factory=dict)
    # What the shelves have made of them: the rows are the same, whoever knew of which.
    _made: dict[int, Any] = field(default_factory=dict)

    @property
    def instants(self) -> set[datetime]:
        """When a version was put on record or began."""
        return {at for one in self.stored for at in (one.published_at, one.takes_effect_at)}

    def at(self, instant: datetime) -> Shelf:
        """What was known of them then."""
        known = [one for one in self.stored if one.published_at <= instant]
        if len(known) not in self._shelves:
            self._shelves[len(known)] = Shelf(known, self._made)
        return self._shelves[len(known)]

    def proposing(
        self,
        key: str,
        proposed: Row | Calls | Mapping[str, Any],
        *,
        start: datetime,
        authority_id: int | None = None,
    ) -> "Book":
        """The same where one policy reads as `proposed` from `start` on, whatever was agreed of it since.

        That of one authority, or the delivered one, which counts where an authority has none of its own.
        """
        kept: list[PolicyVersion] = []
        replaced = [*self.replaced]
        for one in self.stored:
            is_other = (one.key, one.authority_id) != (key, authority_id)
            (kept if is_other or one.takes_effect_at < start else replaced).append(one)
        return Book((*kept, _stored(key, proposed, start, authority_id)), tuple(replaced))


def _stored(
    key: str, proposed: Row | Calls | Mapping[str, Any], start: datetime, authority_id: int | None
) -> PolicyVersion:
    if isinstance(proposed, Mapping):
        data = dict(proposed)
    elif isinstance(proposed, Calls):
        data = policies.call_data(proposed.times, proposed.untaken_after)
    else:
        data = policies.row_data(proposed)
    return PolicyVersion(
        key=key,
        version=0,
        authority_id=authority_id,
        data=data,
        takes_effect_at=start,
        published_at=start,
    )


def in_force(key: str = "") -> Book:
    """Every version, the councils' own too, as it was put on record: of contact and the calls, or of another policy."""
    if key not in policies.OF_OTHER_CLOCKS:
        return Book(tuple(policy_shelf.council()))
    return Book(tuple(PolicyVersion.objects.filter(key=key).order_by("version")))


@dataclass(frozen=True)
class Climbed:
    """One step that would have climbed: when it was owed, and who was responsible for the child then."""

    step: str
    owed_at: datetime
    at: datetime
    authority_id: int | None


@dataclass
class Raised:
    """One alert that would have been open: since when, until when, and what it climbed in the period."""

    kind: str
    due_at: datetime
    opened_at: datetime
    authority_id: int | None
    # It stood open when the period began.
    is_older: bool = False
    ended_at: datetime | None = None
    climbed: list[Climbed] = field(default_factory=list)
    # Of a duty step or a review: which.
    about: str = ""
    # Of a call ladder that a silence led to: when the proof was due that never came.
    silent_since: datetime | None = None


def replay(past: Past, book: Book, *, until: datetime) -> list[Raised]:
    """Return every alert of `REPLAYED` that would have been open from the past's start to `until`, in order."""
    if past.begins_at >= until:
        return []
    walk = _Walk(past, book)
    for instant, following in _instants(past, book, until):
        walk.go(instant, following)
    return walk.raised


def _instants(past: Past, book: Book, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Every instant at which anything was known anew, with the next one."""
    start = past.begins_at
    coming = {at for at in (*past.known.instants, *book.instants) if start < at < until}
    moments = [start, *sorted(coming), until]
    return pairwise(moments)


class _Walk:
    """One child, from instant to instant."""

    def __init__(self, past: Past, book: Book) -> None:
        self.past, self.book = past, book
        first = past.at(past.begins_at)
        self.searches = Supposed(first.episodes)
        self.raised: list[Raised] = []
        self.open: dict[Key, tuple[Raised, Standing]] = {}
        for (kind, episode_id), (standing, opened_at) in past.open.items():
            due_at = standing.due_at or opened_at
            alert = Raised(kind, due_at, opened_at, first.authority_id, is_older=True)
            self.raised.append(alert)
            self.open[kind, episode_id] = alert, standing

    def go(self, instant: datetime, following: datetime) -> None:
        """From what was known at `instant`, do all that is owed before the following one."""
        facts = self.past.at(instant)
        recorded = facts.episodes
        self._press(instant)
        looks: datetime | None = instant
        while looks is not None and looks < following:
            looks = self._look(facts, recorded, looks)

    def _press(self, instant: datetime) -> None:
        """Somebody said "I am on this": it holds what it would have found, once."""
        key: Key = (Clock.Kind.CONTACT, None)
        if instant in self.past.on_it and key in self.open:
            alert, standing = self.open[key]
            if standing.on_it_at is None and Step.R3 in standing.climbed:
                self.open[key] = alert, replace(standing, on_it_at=instant)

    def _look(self, facts: ChildFacts, recorded: Sequence[MissingEpisode], at: datetime) -> datetime | None:
        """Do what is owed at `at`, and return when to look next."""
        for _round in range(MOST_ROUNDS):
            facts.episodes = self.searches.at(recorded)
            one = self._watched(facts, at)
            if self._end_what_was_found(one, recorded, at):
                continue
            decided = [(reading, self._decide(reading, one, at)) for reading in self._readings(one)]
            if not self._stand_down(decided, one, at) and not self._climb(decided, one, at):
                coming = [decision.next_at for _reading, decision in decided if decision.next_at is not None]
                return min((moment for moment in coming if moment > at), default=None)
        raise RuntimeError(f"the replay of child {facts.child.pk} does not come to rest at {at}")

    def _watched(self, facts: ChildFacts, at: datetime) -> Watched:
        shelf = self.book.at(at)
        versions = shelf.rows(facts.responsible)
        latest = facts.episodes[0] if facts.episodes else None
        owed_at = latest.police_owed_at if latest is not None else None
        named: list[tuple[datetime, int]] = []
        if latest is not None and owed_at is not None:
            spoken = self.past.named.get(self.searches.recorded(latest.pk), [])
            named = [(moment, by) for moment, by in spoken if owed_at <= moment <= at]
        doubted = [(moment, self.past.doubted_at(by, at)) for moment, by in named]
        return Watched(
            child=facts,
            applies=values.applies(facts, versions),
            not_here=values.not_here(facts, versions, at),
            times=policies.calls_at(shelf.calls(facts.responsible), owed_at or at).times,
            verifications=tuple(moment for moment, _by in named),
            demo=False,
            in_transit=values.in_transit(facts, versions),
            own_applies=values.applies(facts, versions, others=False) if facts.head_counts else None,
            asked=values.asked(facts, versions),
            disbelieved=tuple((moment, since) for moment, since in doubted if since is not None),
            doubted_end=values.doubted_end(facts, versions),
        )

    def _readings(self, one: Watched) -> list[Reading]:
        return [
            reading
            for reading in readings.readings(one)
            if reading.kind in REPLAYED and not (self._rests(reading) and _key(reading) not in self.open)
        ]

    def _rests(self, reading: Reading) -> bool:
        return self.searches.is_quiet and reading.kind == Clock.Kind.CONTACT

    def _decide(self, reading: Reading, one: Watched, at: datetime) -> Decision:
        _alert, standing = self.open.get(_key(reading), (None, Standing()))
        decision, _steps = clocks.decide_on(reading, one, standing, at)
        return decision

    def _end_what_was_found(self, one: Watched, recorded: Sequence[MissingEpisode], at: datetime) -> bool:
        """A search that only this replay knows ends with the proof that came: nobody was there to end it."""
        alone = self.searches.alone
        silence = self.open.get((Clock.Kind.CONTACT, None))
        if alone is None or alone.police_owed_at is None or silence is None:
            return False
        if any(row.ended_at is None and row.police_owed_at is not None for row in recorded):
            return False
        facts = replace(watching.pure_facts(one), episode=None)
        if not isinstance(ladder.decide(expected.contact(facts), silence[1], at), ladder.StandDown):
            return False
        self.searches.end_as_found(at=at)
        return True

    def _stand_down(self, decided: Sequence[tuple[Reading, Decision]], one: Watched, at: datetime) -> bool:
        over = [
            reading
            for reading, decision in decided
            if isinstance(decision, ladder.StandDown | call_ladder.StandDown) and _key(reading) in self.open
        ]
        for reading in over:
            alert, _standing = self.open.pop(_key(reading))
            alert.ended_at = at
            episode = one.child.open_episode
            if reading.kind != Clock.Kind.CONTACT or episode is None or not is_silence_alone(episode):
                continue
            # While its search is open no alert of silence has led to one that ended.
            reason = reason_of_silence(one.child, due_at=alert.due_at, episode_id=episode.pk)
            if reason == ACCOUNTED_FOR:
                self.searches.end_as_late()
        return bool(over)

    def _climb(self, decided: Sequence[tuple[Reading, Decision]], one: Watched, at: datetime) -> bool:
        climbing = False
        for reading, decision in decided:
            if isinstance(decision, ladder.Climb | call_ladder.Climb):
                climbing = True
                self._raise(reading, decision, one, at)
        return climbing

    def _raise(
        self, reading: Reading, decision: ladder.Climb | call_ladder.Climb, one: Watched, at: datetime
    ) -> None:
        """Open the alert if none is, and climb what is owed, to the fail-safe: what is owed after it waits for the next look."""
        key, facts = _key(reading), one.child
        if key not in self.open:
            self.open[key] = self._opened(reading, decision, facts, at)
        alert, standing = self.open[key]
        for step, owed_at in decision.steps:
            alert.climbed.append(Climbed(str(step), owed_at, at, facts.authority_id))
            standing = replace(standing, climbed=standing.climbed | {str(step)})
            if reading.kind == Clock.Kind.CONTACT and step == Step.R3:
                standing = replace(standing, police_at=owed_at)
                if facts.open_episode is None:
                    facts.episodes.insert(0, self.searches.open(facts.child, since=alert.due_at, at=at))
            if step == Step.FAIL_SAFE:
                episode = facts.open_episode
                if episode is not None and episode.police_owed_at is None:
                    self.searches.owe_police(episode, owed_at)
                break
        self.open[key] = alert, standing

    def _opened(
        self,
        reading: Reading,
        decision: ladder.Climb | call_ladder.Climb,
        facts: ChildFacts,
        at: datetime,
    ) -> tuple[Raised, Standing]:
        steps = reading.expected.steps if reading.expected is not None else {}
        due_at = decision.due_at if isinstance(decision, ladder.Climb) else at
        if reading.call is not None:
            due_at = reading.call.police_owed_at
        alert = Raised(reading.kind, due_at, at, facts.authority_id)
        silence = self.open.get((Clock.Kind.CONTACT, None))
        if reading.call is not None and silence is not None and Step.R3 in silence[1].climbed:
            alert.silent_since = silence[0].due_at
        self.raised.append(alert)
        return alert, Standing(due_at, steps)


def _key(reading: Reading) -> Key:
    return str(reading.kind), reading.episode.pk if reading.episode is not None else None
