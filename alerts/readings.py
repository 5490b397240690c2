"""What each clock of a child says on its facts, part by part: one that cannot be read keeps no other from being read."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from alerts import after, expected, policies, transfer_ladder, values
from alerts.call_ladder import CallFacts
from alerts.default_policies import RETURN_WAITS, TOLD_WAITS
from alerts.duties import Duty
from alerts.models import Clock, DutyStep
from alerts.schedule import Expected, Step
from alerts.watching import Watched, pure_facts
from cases import holidays
from cases.facts import ChildFacts
from cases.models import MissingEpisode, Trigger
from cases.states import EpisodeOutcome, EpisodeStatus

logger = structlog.get_logger(__name__)

# What makes a clock of a child this one: kind and subject.
Key = tuple[str, int | None, str]


@dataclass(frozen=True)
class Reading:
    """What one clock of a child says on its facts: the next proof due, or the call ladder's facts."""

    kind: str
    episode: MissingEpisode | None
    expected: Expected | None = None
    call: CallFacts | None = None
    # Of a duty step, a review or a paper: which.
    duty: str = ""

    @property
    def key(self) -> Key:
        return (self.kind, self.episode.pk if self.episode else None, self.duty)


TOLD_OF: Mapping[str, str] = {
    Trigger.Kind.APPROACH: Clock.Kind.APPROACH,
    Trigger.Kind.CONCERN: Clock.Kind.CONCERN,
    Trigger.Kind.MESSAGE: Clock.Kind.MESSAGE,
    Trigger.Kind.MATE_FOUND: Clock.Kind.MATE_FOUND,
}


def readings(one: Watched) -> Iterator[Reading]:
    """Every clock that these facts keep; raises at the first that cannot be read."""
    for _kinds, read in _PARTS:
        yield from read(one)


def of_kind(one: Watched, kind: str) -> Iterator[Reading]:
    """The clocks of one kind: what the others are read from is not looked at."""
    for kinds, read in _PARTS:
        if kind in kinds:
            yield from (reading for reading in read(one) if reading.kind == kind)


def readable(one: Watched, unread: dict[str, Exception]) -> Iterator[Reading]:
    """Every clock that can be read; the kinds of those that cannot are put into `unread`, and the fault is reported."""
    for kinds, read in _PARTS:
        try:
            yield from read(one)
        except Exception as error:  # noqa: BLE001 - any fault of one record
            report(one, kinds, error)
            unread.update(dict.fromkeys(kinds, error))


def report(one: Watched, kinds: Collection[str], error: Exception) -> None:
    """Somebody who looks at the service learns which clocks of which child stand as they stood."""
    logger.error("clock_not_read", child=one.child.child.pk, kinds=sorted(kinds), error=type(error).__name__)


def _sight(one: Watched) -> Iterator[Reading]:
    pure = pure_facts(one)
    yield Reading(Clock.Kind.CONTACT, None, expected=expected.contact(pure))
    yield Reading(Clock.Kind.SECOND_EYES, None, expected=None if one.demo else expected.second_eyes(pure))
    if one.child.head_counts:
        # Kept for good, so that an alert of it stands down.
        yield Reading(Clock.Kind.HEAD_COUNT, None, expected=expected.head_count(pure))


def _calls(one: Watched) -> Iterable[Reading]:
    for episode in one.child.episodes:
        if episode.police_owed_at is None:
            continue
        latest = episode is one.child.episodes[0]
        verifications, disbelieved = (one.verifications, one.disbelieved) if latest else ((), ())
        yield Reading(
            Clock.Kind.CALL,
            episode,
            call=CallFacts(episode.police_owed_at, verifications, episode.ended_at, disbelieved),
        )


def _triggers(one: Watched) -> Iterable[Reading]:
    """Somebody came, or a contact told of a serious concern: until somebody says what was done."""
    for kind in (Trigger.Kind.APPROACH, Trigger.Kind.CONCERN):
        of_kind = [trigger for trigger in one.child.triggers if trigger.kind == kind]
        told = [values.since_watched(one.child, each.recorded_at) for each in of_kind if each.is_open]
        over = not told or one.child.watched_until is not None
        if of_kind:
            yield Reading(TOLD_OF[kind], None, expected=None if over else _unanswered(told))


def _heard(episode: MissingEpisode, one: Watched, kind: Trigger.Kind) -> Iterable[Reading]:
    """What is heard of the child while it is looked for: each until somebody says what was done, and none after the end.

    That somebody who went along was found asks nobody any more once the child itself has been.
    """
    ended = episode.ended_at
    if kind == Trigger.Kind.MATE_FOUND and episode.child_confirmed_at is not None:
        ended = ended or episode.child_confirmed_at
    of_episode = [
        trigger
        for trigger in one.child.triggers
        if trigger.kind == kind
        and episode.opened_at <= trigger.recorded_at
        and (ended is None or trigger.recorded_at <= ended)
    ]
    told = [trigger.recorded_at for trigger in of_episode if trigger.is_open]
    over = not told or ended is not None or one.child.watched_until is not None
    if of_episode:
        yield Reading(TOLD_OF[kind], episode, expected=None if over else _unanswered(told))


def _unanswered(told: Collection[datetime]) -> Expected:
    """The latest is told even where an earlier one stands; who stands above hears of the first that waits too long."""
    first, latest = min(told), max(told)
    steps = {step: max(first + after, latest) for step, after in TOLD_WAITS}
    return Expected(latest, None, "notice", (), {Step.R1: latest} | steps)


def is_asked(step: DutyStep, episode: MissingEpisode, child: ChildFacts) -> bool:
    """Whether this step of the episode is asked for as long as nobody has answered it, if any rung hears of it."""
    ended = episode.status == EpisodeStatus.ENDED
    over = child.is_sought if step.is_after else ended and not step.outlasts(episode.outcome)
    if step.kind in after.OF_OTHERS:
        over = False
    if episode.outcome == EpisodeOutcome.DIED and ended:
        return is_heard_of_death(step, episode)
    if step.kind == Duty.OTHERS_TOLD and episode.child_confirmed_at is not None:
        # Somebody is with the child already, though the search has not ended.
        over = episode.ended_at is not None and child.is_sought
    return not over and child.watched_until is None


def is_heard_of_death(step: DutyStep, episode: MissingEpisode) -> bool:
    """Whether its rungs hear of this step of an episode that ended with a death, as long as nobody has answered it.

    What a death opened is owed of it, whoever closes the case meanwhile; what was asked for before it is not, nor what
    only the child could have said.
    """
    opened = episode.ended_at is not None and step.planned_at >= episode.ended_at
    return opened and step.is_after and step.kind != Duty.OTHERS_TOLD


def _duty_steps(episode: MissingEpisode, one: Watched) -> Iterable[Reading]:
    """Each step of the episode is owed until it is answered; whether an officer has it changes none of them.

    What an ending opened waits while the child is missing again: there is nobody to be asked.
    """
    for step in one.duties:
        if step.episode_id != episode.pk:
            continue
        owed = None
        if step.done_at is None and step.steps and is_asked(step, episode, one.child):
            rungs = step.rungs
            owed = Expected(min(rungs.values()), None, "duty", (step.kind,), rungs)
        yield Reading(Clock.Kind.DUTY, episode, expected=owed, duty=step.kind)


def _lead(episode: MissingEpisode, one: Watched) -> Iterable[Reading]:
    """What is owed of the force in charge: its officer in the case, and an answer to an offer of the lead."""
    for lead in one.led:
        if lead.episode_id == episode.pk:
            for duty, owed in lead.owed:
                yield Reading(Clock.Kind.DUTY, episode, expected=owed, duty=duty)


def _guardian(one: Watched) -> Iterable[Reading]:
    if one.has_guardian_clock:
        yield Reading(Clock.Kind.GUARDIAN, None, expected=_guardian_owed(one))


def _guardian_owed(one: Watched) -> Expected | None:
    if one.guardian is None or one.child.watched_until is not None:
        return None
    steps = {Step(step): moment for step, moment in one.guardian.steps.items()}
    owed = one.guardian
    return Expected(owed.due_at, None, owed.what, (policies.GUARDIAN,), steps, until=owed.until)


def _worker(one: Watched) -> Iterable[Reading]:
    """A child without a social worker; kept once there was such a time, so that an alert of it stands down."""
    if not one.has_worker_clock or one.child.child.is_drill:
        return
    gap, owed = one.workless, None
    if gap is not None and one.child.watched_until is None and not one.demo:
        calendar = holidays.calendar_of(one.child.nation)
        days = holidays.of(calendar)
        # Where somebody's role begins later nothing is written at that instant.
        owed = expected.no_social_worker(gap.starts_at, nation=calendar, holidays=days)
        owed = owed and replace(owed, until=gap.ends_at)
    yield Reading(Clock.Kind.NO_WORKER, None, expected=owed)


def of_transfer(
    child: ChildFacts, limits: transfer_ladder.Limits | None
) -> Mapping[transfer_ladder.Owed, Expected]:
    """What the open transfer of a child owes by these limits, which it keeps; nothing where none is open."""
    transfer = child.transfer
    if transfer is None or not transfer.is_open or child.watched_until is not None or limits is None:
        return {}
    calendar = holidays.calendar_of(child.nation)
    facts = values.transfer(child, transfer)
    return transfer_ladder.owed(facts, limits, nation=calendar, holidays=holidays.of(calendar))


def _transfer(one: Watched) -> Iterable[Reading]:
    """What an open transfer owes; kept once there was one, so that an alert of it stands down."""
    transfer = one.child.transfer
    if transfer is None or one.child.child.is_drill:
        return
    owed = {} if one.demo else of_transfer(one.child, one.transfers)
    for what in transfer_ladder.Owed:
        yield Reading(Clock.Kind.TRANSFER, None, expected=owed.get(what), duty=what)


def _notices(episode: MissingEpisode) -> Iterable[Reading]:
    """What people hear of at once: away, *not here*, and seen reported while the police are looking."""
    if episode.started_by == MissingEpisode.StartedBy.AWAY:
        standing = episode.status == EpisodeStatus.AWAY
        yield Reading(
            Clock.Kind.AWAY,
            episode,
            expected=_at_once((episode.confirmed_at or episode.opened_at) if standing else None),
        )
    if episode.not_here_at is not None:
        looked_at = episode.not_here_at if episode.status != EpisodeStatus.ENDED else None
        yield Reading(Clock.Kind.NOT_HERE, episode, expected=_at_once(looked_at, Step.R1, Step.R2))
    if episode.police_owed_at is not None:
        # Kept without a report too: one that is withdrawn must be read as withdrawn.
        stands = episode.status != EpisodeStatus.ENDED
        yield Reading(Clock.Kind.SEEN, episode, expected=_back(episode) if stands else None)


def _back(episode: MissingEpisode) -> Expected | None:
    """A child said to be back, of a search that nobody has ended: roll-calls rest as long, so that it climbs."""
    since = episode.back_since
    if since is None:
        return None
    steps = {step: since + after for step, after in RETURN_WAITS}
    # Duty who is with the child needs no telling.
    told = {Step.R1: since} if since == episode.reported_seen_at else {}
    return Expected(since, None, "notice", (), told | steps)


def _at_once(moment: datetime | None, *steps: Step) -> Expected | None:
    if moment is None:
        return None
    return Expected(moment, None, "notice", (), dict.fromkeys(steps or (Step.R1,), moment))


def _glass(one: Watched) -> Iterable[Reading]:
    if one.child.broken:
        # Until a manager has looked at it, whatever has become of the child's case.
        unseen = [broken.at for broken in one.child.broken if broken.looked_at is None]
        told_of = _at_once(max(unseen), Step.R1, Step.R2) if unseen else None
        yield Reading(Clock.Kind.GLASS, None, expected=told_of)


def _papers(one: Watched) -> Iterable[Reading]:
    for paper, due in one.papers.expected():
        yield Reading(Clock.Kind.PAPERWORK, None, expected=due, duty=paper)


def _while_looked_for(one: Watched) -> Iterable[Reading]:
    """What people hear of at once of a search, and what is heard of the child meanwhile."""
    for episode in one.child.episodes:
        yield from _notices(episode)
        yield from _heard(episode, one, Trigger.Kind.MESSAGE)
        yield from _heard(episode, one, Trigger.Kind.MATE_FOUND)


def _steps(one: Watched) -> Iterable[Reading]:
    for episode in one.child.episodes:
        yield from _duty_steps(episode, one)
        yield from _lead(episode, one)


def _reviews(one: Watched) -> Iterable[Reading]:
    for episode in one.child.episodes:
        for row in one.reviews:
            if row.episode_id == episode.pk:
                for key, owed in row.expected():
                    yield Reading(Clock.Kind.REVIEW, episode, expected=owed, duty=key)


_Kind = Clock.Kind
# The kinds of clock of each part, and what reads them: sight and calls to the police first.
_PARTS: tuple[tuple[frozenset[str], Callable[[Watched], Iterable[Reading]]], ...] = (
    (frozenset({_Kind.CONTACT, _Kind.SECOND_EYES, _Kind.HEAD_COUNT}), _sight),
    (frozenset({_Kind.CALL}), _calls),
    (
        frozenset({_Kind.AWAY, _Kind.NOT_HERE, _Kind.SEEN, _Kind.MESSAGE, _Kind.MATE_FOUND}),
        _while_looked_for,
    ),
    (frozenset({_Kind.GUARDIAN}), _guardian),
    (frozenset({_Kind.APPROACH, _Kind.CONCERN}), _triggers),
    (frozenset({_Kind.GLASS}), _glass),
    (frozenset({_Kind.NO_WORKER}), _worker),
    (frozenset({_Kind.PAPERWORK}), _papers),
    (frozenset({_Kind.TRANSFER}), _transfer),
    (frozenset({_Kind.DUTY}), _steps),
    (frozenset({_Kind.REVIEW}), _reviews),
)
