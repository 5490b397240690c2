"""What an alert owes now: its steps climbed, with episodes, tasks and messages in bulk."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Max

from alerts import (
    call_ladder,
    clocks,
    duty_steps,
    duty_tasks,
    empty_rungs,
    gathered,
    ladder,
    outages,
    outbox,
    recipients,
    ringing,
    tellings,
    unmailed_forces,
)
from alerts.escalations import actors, came, entered, kept, late_windows, one_call
from alerts.escalations.dues import Due, alert_of, due_at, is_put_off, last_seen
from alerts.models import Alert, AlertStep, Clock, DutyTask, Outage
from alerts.recipients import Directory, Post, Recipient
from alerts.schedule import Step
from alerts.step_plans import TEXT_AND_MAIL
from cases import attempts, bulk, episodes, log

logger = structlog.get_logger(__name__)

# *Not here* goes first, behind the police and those who ring them alone.
NOT_HERE_URGENCY = 5
PAPER_URGENCY = clocks.urgency_of(Step.R0)
ONE_MAIL_OF_ALL_DUE = (Clock.Kind.DUTY, Clock.Kind.REVIEW, Clock.Kind.PAPERWORK)
Called = tuple[int, str, int | None]  # of an episode: post and person whom a call step has told


@dataclass
class Owed:
    """One step that one alert climbs now."""

    due: Due
    step: str
    owed_at: datetime
    met: str = AlertStep.Met.MESSAGES
    # It fell due while the engine did not run: one roll-call and one list stand for this rung.
    outage: Outage | None = None


def climb(dues: Sequence[Due], *, at: datetime) -> set[int]:
    """Climb what is owed: alerts, steps, episodes, tasks and messages in bulk; return the children whose facts changed."""
    climbs = [due for due in dues if isinstance(due.decision, ladder.Climb | call_ladder.Climb)]
    if not climbs:
        return set()
    _open_alerts(climbs, at)
    owed = [one for due in climbs for one in _owed_now(due)]
    directory = recipients.directory([due.watched.child for due in climbs], at=at)
    changed = _open_episodes(owed, at)
    messages, wanted, told = _spread(owed, directory, at)
    bulk.insert(
        AlertStep,
        ("alert", "step", "owed_at", "climbed_at", "met"),
        [(alert_of(o.due).pk, o.step, o.owed_at, at, o.met) for o in owed],
    )
    changed |= _start_fail_safes(owed, at)
    changed |= _begin_duty_steps(owed, at)
    # The ladder of the review after this one is looked for from now on.
    changed |= {due.child.pk for due in climbs if due.clock.kind == Clock.Kind.REVIEW}
    messages += late_windows.notices([(o.due, o.step) for o in owed if o.outage is None], directory, at=at)
    messages += came.to_forces([(o.due, o.step) for o in owed], directory, at=at)
    outbox.enqueue(one_call.for_houses(messages, [o.due for o in owed], directory), at=at)
    outages.tell(told, at=at)
    duty_tasks.open_many(empty_rungs.together(wanted), at=at)
    answered = (Clock.Kind.CALL, Clock.Kind.SEEN)
    duty_tasks.leave_home_be([o.due.child.pk for o in owed if o.due.clock.kind in answered], at=at)
    log.record_many([_entry(o, at) for o in owed], at=at)
    climbed: dict[int, list[Owed]] = defaultdict(list)
    for o in owed:
        climbed[o.due.clock.pk].append(o)
    for due in climbs:
        _write_back(due, climbed[due.clock.pk])
    return changed


def _open_alerts(climbs: Sequence[Due], at: datetime) -> None:
    fresh = [due for due in climbs if due.alert is None]
    if not fresh:
        return
    rounds: dict[tuple[int, datetime], int] = {
        (row["clock"], row["due_at"]): row["last"]
        for row in Alert.objects.filter(clock__among={due.clock.pk for due in fresh})
        .values("clock", "due_at")
        .annotate(last=Max("round"))
    }
    for due in fresh:
        owed_at = due_at(due)
        steps = due.reading.expected.steps if due.reading.expected else {}
        due.alert = bulk.make(
            Alert,
            clock=due.clock,
            child_id=due.child.pk,
            episode=due.episode,
            due_at=owed_at,
            round=rounds.get((due.clock.pk, owed_at), 0) + 1,
            rows=list(due.reading.expected.rows) if due.reading.expected else [],
            steps={step.value: moment.isoformat() for step, moment in steps.items()},
            opened_at=at,
        )
    bulk.create([alert_of(due) for due in fresh])


def _owed_now(due: Due) -> list[Owed]:
    """The steps to climb in this commit.

    A fail-safe starts the call ladder: what a late sweep owes after it waits for the next one, which
    sees whom the call steps tell, as a punctual one would have.
    """
    if not isinstance(due.decision, ladder.Climb | call_ladder.Climb):
        return []
    owed = [
        Owed(due, str(step), owed_at, outage=_outage_of(due, str(step), owed_at))
        for step, owed_at in due.decision.steps
    ]
    at_fail_safe = next((n for n, one in enumerate(owed) if one.step == Step.FAIL_SAFE), len(owed))
    return owed[: at_fail_safe + 1]


def _outage_of(due: Due, step: str, owed_at: datetime) -> Outage | None:
    if due.clock.kind != Clock.Kind.CONTACT or due.not_here:
        return None
    return outages.folded(step, owed_at, due.watched.outages)


def _open_episodes(owed: Sequence[Owed], at: datetime) -> set[int]:
    """R3 opens an episode, not confirmed, so that there is a reference to quote."""
    climbing = [o for o in owed if o.step == Step.R3 and o.due.clock.kind == Clock.Kind.CONTACT]
    opened = episodes.open_unconfirmed([(o.due.child, last_seen(o.due)) for o in climbing], at=at)
    led: list[Alert] = []
    for o in climbing:
        episode = opened[o.due.child.pk]
        alert = alert_of(o.due)
        if episode not in o.due.watched.child.episodes:
            o.due.watched.child.episodes.insert(0, episode)
        if alert.episode_id is None:
            alert.episode = episode
            led.append(alert)
    Alert.objects.bulk_update(led, ["episode"])
    return set(opened)


def _start_fail_safes(owed: Sequence[Owed], at: datetime) -> set[int]:
    opened = ((o.due.watched.child.open_episode, o.owed_at) for o in owed if o.step == Step.FAIL_SAFE)
    started = [(one, since) for one, since in opened if one is not None and one.police_owed_at is None]
    episodes.start_fail_safes(started, at=at)
    return {episode.child_id for episode, _ in started}


def _begin_duty_steps(owed: Sequence[Owed], at: datetime) -> set[int]:
    """The police are told now, so the duty steps of the episode are asked for.

    A fault there must not keep the police from being told; the next call step tries again.
    """
    begun = {
        o.due.episode.pk: o.due.episode
        for o in owed
        if o.step.startswith("call_") and o.due.episode is not None
    }
    if not begun:
        return set()
    try:
        with transaction.atomic():
            return duty_steps.begin(list(begun.values()), at=at)
    except Exception:
        logger.exception("duty_steps_not_planned", episodes=sorted(begun))
        attempts.count("duty_steps_not_planned")
        return set()


def _spread(
    owed: list[Owed], directory: Directory, at: datetime
) -> tuple[list[outbox.Owed], list[duty_tasks.Wanted], list[outages.Told]]:
    """Resolve each step to messages, tasks and word of an outage; a rung with nobody on it climbs at once to the next."""
    messages: list[outbox.Owed] = []
    wanted: list[duty_tasks.Wanted] = []
    of_outage: list[outages.Told] = []
    told, first = _told_by_call_steps(owed), set[Called]()
    barred = kept.of_missing([o.due for o in owed], at=at)
    # The call steps first: a post that one of them tells now is not sent its R4 or R5 in the same commit, nor of the look.
    queue = sorted(owed, key=lambda o: o.due.clock.kind != Clock.Kind.CALL)
    while queue:
        o = queue.pop(0)
        plan = o.due.plan(o.step)
        if plan.task is not None and not o.due.is_answered(o.owed_at):
            wanted.append(_task(o, plan.task, directory))
        found = kept.of_step(directory, plan.tellings, o.due, barred)
        own = actors.without(o.due, o.step, [recipient for _, recipient in found])
        left = [(t, r) for t, r in found if r not in own and not _already_told(o, r, told, first)]
        folded = [] if o.outage is None else [(t, r) for t, r in left if r.post in outages.WORDINGS]
        of_outage += [_of_outage(o, recipient, directory) for _, recipient in folded]
        messages += [_message(o, t, r, plan) for t, r in left if (t, r) not in folded]
        told_now = [recipient for _, recipient in found]
        alert, urgency = alert_of(o.due), _urgency(o)
        messages += unmailed_forces.of_step(plan, told_now, alert, directory, urgency=urgency, at=o.owed_at)
        called = _called(o, left)
        told |= called
        first |= called if o.step == call_ladder.CALL_STEPS[0] else set()
        if found and not left:
            o.met = AlertStep.Met.CALL_STEP
        if folded:
            o.met = AlertStep.Met.OUTAGE
        if plan.tellings and not plan.is_met([r.post for _, r in found]):
            o.met = AlertStep.Met.NOBODY
            wanted.append(_nobody(o, plan, directory, at))
            queue += _climb_past(o, owed, at)
            messages += _instead(o, plan, directory, barred)
    return messages, wanted, of_outage


def _called(o: Owed, left: Sequence[kept.Told]) -> set[Called]:
    """Whom a call step tells now; nobody by any other step."""
    if not o.step.startswith("call_") or o.due.episode is None:
        return set()
    return {(o.due.episode.pk, recipient.post, recipient.user_id) for _, recipient in left}


def _of_outage(o: Owed, recipient: Recipient, directory: Directory) -> outages.Told:
    placement = o.due.watched.child.placement
    home_id = placement.home_id if placement is not None and recipient.post == Post.HOME else None
    if o.outage is None:
        raise TypeError("this rung fell due in no outage")
    return outages.Told(o.outage, recipient, directory.authority[o.due.child.pk], home_id)


def _instead(
    o: Owed, plan: tellings.StepPlan, directory: Directory, barred: kept.Barred
) -> list[outbox.Owed]:
    """A step outside the rungs of silence has no rung after it: who stands above hears it in its words.

    Of what wakes nobody they are not woken either: they hear it as whoever stands on the rung would have.
    """
    # Of these the rung after it is owed at the same instant.
    before = ((Clock.Kind.NOT_HERE, Step.R1), (Clock.Kind.HEAD_COUNT, Step.R0))
    if o.due.clock.kind == Clock.Kind.CONTACT or (o.due.clock.kind, o.step) in before:
        return []
    first = plan.tellings[0]
    for post in (Post.MANAGER, Post.HEAD, Post.DIRECTOR):
        above = replace(first, post=post, channels=first.channels if o.due.rings_by_day else TEXT_AND_MAIL)
        found = kept.resolve(directory, above, o.due, barred)
        if found:
            return [_message(o, first, recipient, plan) for recipient in found]
    return []


def _climb_past(o: Owed, owed: list[Owed], at: datetime) -> list[Owed]:
    """Nobody stands on this rung: the next one is owed now, where the ladder has one."""
    alert = alert_of(o.due)
    following = tellings.next_rung(o.step, alert.steps)
    if following is None or o.due.clock.kind != Clock.Kind.CONTACT or (o.due.not_here and o.step != Step.R4):
        return []
    known = {*clocks.climbed_steps(alert), *(other.step for other in owed if other.due is o.due)}
    if following in known or is_put_off(o.due, following, at):
        return []
    raised = Owed(o.due, str(following), at, outage=o.outage)
    owed.append(raised)
    if following == Step.R3:
        _open_episodes([raised], at)
    return [raised]


def _told_by_call_steps(owed: Sequence[Owed]) -> set[Called]:
    """Whom a call step of these episodes has told already."""
    found = {
        o.due.episode.pk
        for o in owed
        if o.step in (Step.R4, Step.R5)
        and o.due.episode is not None
        and o.due.clock.kind == Clock.Kind.CONTACT
    }
    return outbox.told_by_call_steps(found) if found else set()


def _already_told(o: Owed, recipient: Recipient, told: set[Called], first: set[Called]) -> bool:
    """Whether a call step has told the post: of the look it is the first call of this commit, which says so itself."""
    if o.due.episode is None:
        return False
    key = (o.due.episode.pk, recipient.post, recipient.user_id)
    if o.due.clock.kind == Clock.Kind.NOT_HERE:
        return key in first
    return o.step in (Step.R4, Step.R5) and o.due.clock.kind == Clock.Kind.CONTACT and key in told


def _message(
    o: Owed, telling: tellings.Telling, recipient: Recipient, plan: tellings.StepPlan
) -> outbox.Owed:
    # What is told of a house, or of several children, is told of no search, to whomever it goes apart from the others.
    by_home = plan.by_home or telling.by_home
    gathers = telling.wording in gathered.WORDINGS
    episode = None if by_home or gathers else o.due.episode
    return outbox.Owed(
        alert=alert_of(o.due),
        step=o.step,
        kind=telling.kind,
        wording=telling.wording,
        recipient=recipient,
        urgency=_urgency(o),
        owed_at=o.owed_at,
        home_id=entered.home_id(o.due.watched.child, o.due.clock)
        if by_home and not recipient.alone
        else None,
        episode_id=episode.pk if episode is not None else None,
        waits_until=o.outage.held_until if o.outage is not None else None,
        joins_others=gathers or o.due.clock.kind in ONE_MAIL_OF_ALL_DUE,
    )


def _urgency(o: Owed) -> int:
    if o.due.clock.kind == Clock.Kind.PAPERWORK or o.due.of_death:
        # Behind what is owed about a child who may be gone, however high it has climbed.
        return PAPER_URGENCY
    return NOT_HERE_URGENCY if o.due.clock.kind == Clock.Kind.NOT_HERE else clocks.urgency_of(o.step)


def _task(o: Owed, kind: str, directory: Directory) -> duty_tasks.Wanted:
    child_id, home_id = o.due.child.pk, None
    of_child = child_id if kind == DutyTask.Kind.RING_ESCORT else None
    if of_home := kind == DutyTask.Kind.RING_HOME:
        kind, home_id, of_child = ringing.whom(o.due.watched.child.placement, child_id)
    episode = None if of_home or of_child is not None else o.due.episode
    return duty_tasks.Wanted(
        kind=kind,
        authority_id=directory.authority[child_id],
        alert=alert_of(o.due),
        urgency=clocks.urgency_of(o.step),
        home_id=home_id,
        episode_id=episode.pk if episode is not None else None,
        child_id=of_child,
        waits_until=o.outage.held_until if o.outage is not None else None,
    )


def _nobody(o: Owed, plan: tellings.StepPlan, directory: Directory, at: datetime) -> duty_tasks.Wanted:
    """Somebody is to look why this rung is empty: one task for a home, an episode or a child, and the rung."""
    home_id = entered.home_id(o.due.watched.child, o.due.clock) if plan.by_home else None
    episode_id = o.due.episode.pk if o.due.episode is not None and home_id is None else None
    return duty_tasks.Wanted(
        kind=DutyTask.Kind.NOBODY_TO_TELL,
        authority_id=directory.authority[o.due.child.pk],
        alert=alert_of(o.due),
        urgency=clocks.urgency_of(o.step),
        home_id=home_id,
        episode_id=episode_id,
        child_id=o.due.child.pk if home_id is None and episode_id is None else None,
        step=o.step,
        by_day=o.due.rings_by_day,
    )


def _entry(o: Owed, at: datetime) -> log.Entry:
    return log.Entry(
        child_id=o.due.child.pk,
        kind="climbed",
        subject=alert_of(o.due),
        data={
            "clock": o.due.clock.kind,
            "step": o.step,
            "owed_at": o.owed_at.isoformat(),
            "late_seconds": int((at - o.owed_at).total_seconds()),
            "met": o.met,
            **({"duty": o.due.clock.duty} if o.due.clock.kind == Clock.Kind.TRANSFER else {}),
        },
    )


def _write_back(due: Due, owed: Collection[Owed]) -> None:
    """Set what the sweep must look at next; children whose facts changed are recomputed after."""
    climbed = {o.step for o in owed}
    left = {step: moment for step, moment in due.clock.steps.items() if step not in climbed}
    due.clock.steps = left
    # As whoever computes the clock anew finds it: the most urgent of all that have climbed.
    due.clock.rung = min(climbed | ({due.clock.rung} - {""}), key=clocks.urgency_of)
    moments = {step: datetime.fromisoformat(moment) for step, moment in left.items()}
    due.clock.next_at = due.decision.next_at
    coming = [step for step, moment in moments.items() if moment == due.clock.next_at]
    due.clock.urgency = min((clocks.urgency_of(step) for step in coming), default=clocks.LEAST_URGENT)
