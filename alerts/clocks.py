"""Clocks follow facts: recomputed by a pure function in the commit that changed the facts, by one child or by set."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alerts import call_ladder, expected, guardian_checks, ladder, policies, transfer_ladder, values
from alerts.call_ladder import CallFacts, CallStanding
from alerts.default_policies import RETURN_WAITS, TOLD_WAITS
from alerts.holds import Hold
from alerts.models import Alert, Clock
from alerts.schedule import Expected, Step
from alerts.urgency import LEAST_URGENT, urgency_of
from alerts.watching import Watched, pure_facts, watch
from cases import holidays
from cases.models import MissingEpisode, Trigger
from cases.signals import children_changed
from cases.states import EpisodeStatus

Decision = (
    ladder.Climb
    | ladder.StandDown
    | ladder.Rest
    | call_ladder.Climb
    | call_ladder.StandDown
    | call_ladder.Rest
)


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
    def key(self) -> tuple[str, int | None, str]:
        """What makes a clock of a child this one: kind and subject."""
        return (self.kind, self.episode.pk if self.episode else None, self.duty)


def listen() -> None:
    """Answer the bell that every verb rings."""
    children_changed.connect(_on_children_changed, dispatch_uid="alerts.clocks")


# Every few minutes somebody writes one of these, and no paper is due sooner or later for it, but for a guardian's check.
_CONTACT = "contact_recorded"
_NO_PAPER = frozenset({_CONTACT, "note_written", "head_count_asked", "head_count_ended"})


def _on_children_changed(
    sender: object, ids: Collection[int], at: datetime, kind: str = "", **kwargs: object
) -> None:
    checked = kind == _CONTACT and guardian_checks.are_of_guardians(ids, at)
    recompute(ids, papers=checked or kind not in _NO_PAPER, at=at)


def recompute(ids: Collection[int], *, papers: bool = True, at: datetime) -> None:
    """Read these children's facts and write the difference to their clocks; the caller holds the children's locks.

    Without their `papers` the clocks of these stay as they are.
    """
    if not ids:
        return
    watched = watch(ids, papers=papers, at=at)
    standing = {(c.child_id, *c.key): c for c in Clock.objects.filter(child__among=watched.keys())}
    alerts = open_alerts([clock.pk for clock in standing.values()])
    changed: list[Clock] = []
    new: list[Clock] = []
    led: list[Alert] = []
    for child_id, one in watched.items():
        for reading in readings(one):
            clock = standing.get((child_id, *reading.key))
            fresh = clock or Clock(
                child_id=child_id, kind=reading.kind, episode=reading.episode, duty=reading.duty
            )
            before = None if clock is None else tuple(getattr(clock, name) for name in FIELDS)
            alert = alerts.get(fresh.pk)
            write(fresh, reading, one, alert, at=at)
            if alert is not None and alert.episode_id is None and fresh.resting:
                # An episode overtook this alert, which ends with it.
                alert.episode = one.child.open_episode
                led.append(alert)
            if clock is None:
                new.append(fresh)
            elif before != tuple(getattr(clock, name) for name in FIELDS):
                changed.append(fresh)
    Clock.objects.bulk_create(new)
    Clock.objects.bulk_update(changed, FIELDS)
    Alert.objects.bulk_update(led, ["episode"])


FIELDS = [
    "opens_at",
    "due_at",
    "window",
    "rows",
    "steps",
    "resting",
    "rung",
    "next_at",
    "urgency",
    "faults",
    "fault",
    "set_aside_until",
]


TOLD_OF: Mapping[str, str] = {
    Trigger.Kind.APPROACH: Clock.Kind.APPROACH,
    Trigger.Kind.CONCERN: Clock.Kind.CONCERN,
    Trigger.Kind.MESSAGE: Clock.Kind.MESSAGE,
    Trigger.Kind.MATE_FOUND: Clock.Kind.MATE_FOUND,
}


def readings(one: Watched) -> Iterable[Reading]:
    """Every clock that these facts keep: contact and the call ladders first, so that no other fact that fails stops them."""
    pure = pure_facts(one)
    yield Reading(Clock.Kind.CONTACT, None, expected=expected.contact(pure))
    yield from _calls(one)
    yield Reading(Clock.Kind.SECOND_EYES, None, expected=None if one.demo else expected.second_eyes(pure))
    if one.has_guardian_clock:
        yield Reading(Clock.Kind.GUARDIAN, None, expected=_guardian(one))
    yield from _triggers(one)
    if one.child.head_counts:
        # Kept for good, so that an alert of it stands down.
        yield Reading(Clock.Kind.HEAD_COUNT, None, expected=expected.head_count(pure))
    if one.child.broken:
        # Until a manager has looked at it, whatever has become of the child's case.
        unseen = [broken.at for broken in one.child.broken if broken.looked_at is None]
        told_of = _at_once(max(unseen), Step.R1, Step.R2) if unseen else None
        yield Reading(Clock.Kind.GLASS, None, expected=told_of)
    yield from _worker(one)
    for paper, due in one.papers.expected():
        yield Reading(Clock.Kind.PAPERWORK, None, expected=due, duty=paper)
    yield from _transfer(one)
    for episode in one.child.episodes:
        yield from _notices(episode)
        yield from _heard(episode, one, Trigger.Kind.MESSAGE)
        yield from _heard(episode, one, Trigger.Kind.MATE_FOUND)
        yield from _duty_steps(episode, one)
        yield from _lead(episode, one)
        for row in one.reviews:
            if row.episode_id == episode.pk:
                for key, owed in row.expected():
                    yield Reading(Clock.Kind.REVIEW, episode, expected=owed, duty=key)


def _calls(one: Watched) -> Iterable[Reading]:
    for episode in one.child.episodes:
        if episode.police_owed_at is None:
            continue
        latest = episode is one.child.episodes[0]
        verifications = one.verifications if latest else ()
        yield Reading(
            Clock.Kind.CALL,
            episode,
            call=CallFacts(episode.police_owed_at, verifications, episode.ended_at),
        )


def _triggers(one: Watched) -> Iterable[Reading]:
    """Somebody came, or a contact told of a serious concern: until somebody says what was done."""
    for kind in (Trigger.Kind.APPROACH, Trigger.Kind.CONCERN):
        of_kind = [trigger for trigger in one.child.triggers if trigger.kind == kind]
        told = [trigger.recorded_at for trigger in of_kind if trigger.is_open]
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


def _duty_steps(episode: MissingEpisode, one: Watched) -> Iterable[Reading]:
    """Each step of the episode is owed until it is answered; whether an officer has it changes none of them.

    What an ending opened waits while the child is missing again: there is nobody to be asked.
    """
    for step in one.duties:
        if step.episode_id != episode.pk:
            continue
        over = one.child.is_sought if step.is_after else episode.status == EpisodeStatus.ENDED
        owed = None
        if step.done_at is None and not over and one.child.watched_until is None and step.steps:
            rungs = step.rungs
            owed = Expected(min(rungs.values()), None, "duty", (step.kind,), rungs)
        yield Reading(Clock.Kind.DUTY, episode, expected=owed, duty=step.kind)


def _lead(episode: MissingEpisode, one: Watched) -> Iterable[Reading]:
    """What is owed of the force in charge: its officer in the case, and an answer to an offer of the lead."""
    for lead in one.led:
        if lead.episode_id == episode.pk:
            for duty, owed in lead.owed:
                yield Reading(Clock.Kind.DUTY, episode, expected=owed, duty=duty)


def _guardian(one: Watched) -> Expected | None:
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


def _transfer(one: Watched) -> Iterable[Reading]:
    """What an open transfer owes; kept once there was one, so that an alert of it stands down."""
    transfer = one.child.transfer
    if transfer is None or one.child.child.is_drill:
        return
    owed: Mapping[transfer_ladder.Owed, Expected] = {}
    if transfer.is_open and one.child.watched_until is None and not one.demo and one.transfers is not None:
        calendar = holidays.calendar_of(one.child.nation)
        facts = values.transfer(one.child, transfer)
        owed = transfer_ladder.owed(facts, one.transfers, nation=calendar, holidays=holidays.of(calendar))
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


def write(clock: Clock, reading: Reading, one: Watched, alert: Alert | None, *, at: datetime) -> None:
    """Set the clock's fields from the reading: due, the steps to come, and when the sweep must look."""
    decided, steps = decide(reading, one, alert, at)
    clock.resting = bool(reading.expected and reading.expected.resting)
    if reading.expected is not None and not reading.expected.asleep:
        clock.due_at, clock.opens_at = reading.expected.due_at, reading.expected.opens_at
        clock.window, clock.rows = reading.expected.window, list(reading.expected.rows)
    else:
        clock.due_at = reading.call.police_owed_at if reading.call else None
        clock.opens_at, clock.window, clock.rows = None, "", []
    climbed = climbed_steps(alert)
    clock.rung = min(climbed, key=urgency_of, default="")
    clock.faults, clock.fault, clock.set_aside_until = 0, "", None
    left = {step: moment for step, moment in steps.items() if step not in climbed}
    clock.steps = {step: moment.isoformat() for step, moment in left.items()}
    if isinstance(decided, ladder.Climb | call_ladder.Climb):
        clock.next_at = decided.steps[0][1]
        clock.urgency = min(urgency_of(step) for step, _ in decided.steps)
    elif isinstance(decided, ladder.StandDown | call_ladder.StandDown):
        clock.next_at, clock.urgency = (at, LEAST_URGENT) if alert is not None else (None, LEAST_URGENT)
    else:
        clock.next_at = decided.next_at
        coming = [step for step, moment in left.items() if moment == decided.next_at]
        clock.urgency = min((urgency_of(step) for step in coming), default=LEAST_URGENT)


def decide(
    reading: Reading, one: Watched, alert: Alert | None, at: datetime
) -> tuple[Decision, Mapping[str, datetime]]:
    """Ask the pure ladder what is owed at `at`, and return with it every step's instant."""
    return decide_on(reading, one, standing_of(alert), at)


def standing_of(alert: Alert | None) -> ladder.Standing:
    """Where the clock of this alert stands; of none, where one without an open alert does."""
    if alert is None:
        return ladder.Standing()
    frozen = {Step(step): datetime.fromisoformat(moment) for step, moment in alert.steps.items()}
    police_at = next((row.owed_at for row in alert.climbed.all() if row.step == Step.R3), None)
    done = frozenset(climbed_steps(alert))
    return ladder.Standing(alert.due_at, frozen, done, alert.on_it_at, police_at=police_at)


def decide_on(
    reading: Reading, one: Watched, standing: ladder.Standing, at: datetime
) -> tuple[Decision, Mapping[str, datetime]]:
    """The same of a clock that stands so, whatever is on record of its alert."""
    if reading.call is not None:
        began = CallStanding(standing.climbed, standing.due_at)
        called = dict(call_ladder.schedule(reading.call, one.times))
        if standing.due_at is None and reading.call.ended_at is not None:
            return call_ladder.Rest(None), {}
        return call_ladder.decide(reading.call, began, at, times=one.times), called
    steps: dict[str, datetime] = {step.value: moment for step, moment in standing.steps.items()}
    holds = [Hold(o.began_at, o.ended_at, o.held_until) for o in one.outages]
    if reading.expected is not None and reading.expected.asleep:
        # No step is to come while the child is looked for; the alert keeps its own.
        steps = {}
    elif reading.expected is not None:
        owed = ladder.instants(reading.expected, standing, holds)
        steps = {step.value: moment for step, moment in owed.items()}
    return ladder.decide(reading.expected, standing, at, holds=holds), steps


def climbed_steps(alert: Alert | None) -> set[str]:
    return set() if alert is None else {row.step for row in alert.climbed.all()}


def open_alerts(clock_ids: Collection[int]) -> dict[int, Alert]:
    """The open alert of each of these clocks, with the steps it climbed."""
    rows = Alert.objects.open().filter(clock__among=set(clock_ids)).prefetch_related("climbed")
    return {alert.clock_id: alert for alert in rows}
