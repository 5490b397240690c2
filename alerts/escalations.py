"""The verbs of an alert, and the only writer of its status: climb, stand down, hold, verify."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from alerts import call_ladder, clocks, duty_tasks, ladder, outbox, recipients, tellings
from alerts.clocks import Decision, Reading, Watched
from alerts.models import Alert, AlertStep, Clock, DutyTask, MessageKind, Verification
from alerts.recipients import Directory, Post, Recipient
from alerts.schedule import Step
from alerts.states import AlertStatus
from cases import episodes, log
from cases.models import Child, Means, MissingEpisode, PoliceForce, User
from cases.states import EpisodeStatus, IllegalMove

ACCOUNTED_FOR = "accounted_for"
# Clocks of an episode that tell duty one thing at once.
NOTICES = (Clock.Kind.AWAY, Clock.Kind.SEEN)


@dataclass
class Due:
    """One clock of a locked child with what the ladder decided for it."""

    clock: Clock
    reading: Reading
    watched: Watched
    alert: Alert | None
    decision: Decision

    @property
    def child(self) -> Child:
        return self.watched.child.child

    @property
    def episode(self) -> MissingEpisode | None:
        return self.reading.episode or self.watched.child.open_episode

    @property
    def not_here(self) -> bool:
        expected = self.reading.expected
        return bool(expected and expected.resting and self.clock.kind == Clock.Kind.CONTACT)


@dataclass
class Owed:
    """One step that one alert climbs now."""

    due: Due
    step: str
    owed_at: datetime
    met: str = AlertStep.Met.MESSAGES


def climb(dues: Sequence[Due], *, at: datetime) -> set[int]:
    """Climb what is owed: alerts, steps, episodes, tasks and messages in bulk; return the children whose facts changed."""
    climbs = [due for due in dues if isinstance(due.decision, ladder.Climb | call_ladder.Climb)]
    if not climbs:
        return set()
    _open_alerts(climbs, at)
    owed = [one for due in climbs for one in _owed_now(due)]
    directory = recipients.directory([due.watched.child for due in climbs], at=at)
    changed = _open_episodes(owed, at)
    messages, wanted = _spread(owed, directory, at)
    AlertStep.objects.bulk_create(
        [
            AlertStep(alert=_alert(o.due), step=o.step, owed_at=o.owed_at, climbed_at=at, met=o.met)
            for o in owed
        ]
    )
    changed |= _start_fail_safes(owed)
    outbox.enqueue(messages, at=at)
    duty_tasks.open_many(wanted, at=at)
    duty_tasks.leave_home_be([o.due.child.pk for o in owed if o.due.clock.kind == Clock.Kind.CALL], at=at)
    log.record_many([_entry(o, at) for o in owed], at=at)
    for due in climbs:
        _write_back(due, [o for o in owed if o.due is due])
    return changed


def stand_down(dues: Sequence[Due], *, at: datetime) -> set[int]:
    """End the alerts whose reason has gone; everybody who was told of them hears that it has ended."""
    ending = [
        due
        for due in dues
        if isinstance(due.decision, ladder.StandDown | call_ladder.StandDown) and due.alert is not None
    ]
    if not ending:
        return set()
    alerts = [_alert(due) for due in ending]
    for due in ending:
        alert = _alert(due)
        alert.end_reason = _reason(due)
        alert.status, alert.ended_at = AlertStatus.ENDED, at
        due.clock.rung = ""
    Alert.objects.bulk_update(alerts, ["status", "ended_at", "end_reason"])
    _end_unconfirmed(ending, at)
    _tell_endings(ending, at)
    duty_tasks.close_for([alert.pk for alert in alerts], answer="The alert has ended", at=at)
    log.record_many(
        [
            log.Entry(
                child_id=due.child.pk,
                kind="alert_ended",
                subject=due.alert,
                data={"clock": due.clock.kind, "reason": _alert(due).end_reason},
            )
            for due in ending
        ],
        at=at,
    )
    return {due.child.pk for due in ending}


def _tell_endings(ending: Sequence[Due], at: datetime) -> None:
    """Everybody told hears the ending; a notice to duty ends in silence while its episode goes on, and is ended with it."""
    quiet = [due for due in ending if _is_notice(due) and not _has_ended(due.reading.episode)]
    outbox.cancel([_alert(due) for due in quiet])
    over = {
        due.reading.episode.pk for due in ending if due.reading.episode and _has_ended(due.reading.episode)
    }
    notices = Alert.objects.filter(
        clock__kind__in=NOTICES, clock__episode__in=over, status=AlertStatus.ENDED, ended_at__lt=at
    ).exclude(message_items__kind=MessageKind.ENDING)
    loud = [_alert(due) for due in ending if due not in quiet]
    outbox.end([*loud, *(notices if over else ())], at=at)


def on_it(alert: Alert, *, by: User, at: datetime) -> Alert:
    """“I am on this”, on the R3 task: holds the fail-safe for 30 minutes after the press, once per alert."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=alert.child_id)
        alert = Alert.objects.get(pk=alert.pk)
        if alert.status != AlertStatus.OPEN:
            raise IllegalMove("This alert has ended.")
        if not AlertStep.objects.filter(alert=alert, step=Step.R3).exists():
            raise IllegalMove("There is nothing to hold yet.")
        if alert.on_it_at is not None:
            raise IllegalMove(f"{alert.on_it_by} is on this. It holds the fail-safe once.")
        alert.on_it_at, alert.on_it_by = at, by
        alert.save(update_fields=["on_it_at", "on_it_by"])
        log.record(child, "duty_on_it", subject=alert, by=by, at=at)
    return alert


def verify(
    episode: MissingEpisode,
    *,
    force: PoliceForce,
    officer: str,
    incident_reference: str,
    collar_number: str = "",
    grade: str = "",
    method: str = Verification.Method.SPOKEN,
    by: User,
    at: datetime,
) -> Verification:
    """Record the officer by name and the force's reference: confirms the episode and stops the call steps for a time."""
    if not officer.strip():
        raise IllegalMove("Enter the officer’s name.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        episodes.record_police_reference(
            episode, force=force, reference=incident_reference, officer=officer, grade=grade, by=by, at=at
        )
        verification = Verification.objects.create(
            episode=episode,
            force=force,
            method=method,
            officer=officer,
            collar_number=collar_number,
            incident_reference=incident_reference,
            at=at,
            recorded_at=at,
            recorded_by=by,
        )
        duty_tasks.close_of_episode(
            episode.pk,
            (
                DutyTask.Kind.RING_POLICE,
                DutyTask.Kind.RING_101_AGAIN,
                DutyTask.Kind.RING_INSPECTOR,
                DutyTask.Kind.ASK_AGAIN,
            ),
            answer="Police reference and officer recorded",
            by=by,
            at=at,
        )
        log.record(
            child,
            "police_verified",
            subject=verification,
            data={"force": force.code, "method": method},
            fields={"officer": officer, "reference": incident_reference},
            by=by,
            at=at,
        )
    return verification


def _open_alerts(climbs: Sequence[Due], at: datetime) -> None:
    fresh = [due for due in climbs if due.alert is None]
    if not fresh:
        return
    rounds: dict[tuple[int, datetime], int] = {
        (row["clock"], row["due_at"]): row["last"]
        for row in Alert.objects.filter(clock__in=[due.clock.pk for due in fresh])
        .values("clock", "due_at")
        .annotate(last=Max("round"))
    }
    for due in fresh:
        due_at = _due_at(due)
        steps = due.reading.expected.steps if due.reading.expected else {}
        due.alert = Alert(
            clock=due.clock,
            child_id=due.child.pk,
            episode=due.episode,
            due_at=due_at,
            round=rounds.get((due.clock.pk, due_at), 0) + 1,
            rows=list(due.reading.expected.rows) if due.reading.expected else [],
            steps={step.value: moment.isoformat() for step, moment in steps.items()},
            opened_at=at,
        )
    Alert.objects.bulk_create([_alert(due) for due in fresh])


def _owed_now(due: Due) -> list[Owed]:
    """The steps to climb in this commit.

    A fail-safe starts the call ladder: what a late sweep owes after it waits for the next one, which
    sees whom the call steps tell, as a punctual one would have.
    """
    if not isinstance(due.decision, ladder.Climb | call_ladder.Climb):
        return []
    owed = [Owed(due, str(step), owed_at) for step, owed_at in due.decision.steps]
    at_fail_safe = next((n for n, one in enumerate(owed) if one.step == Step.FAIL_SAFE), len(owed))
    return owed[: at_fail_safe + 1]


def _due_at(due: Due) -> datetime:
    if due.reading.call is not None:
        return due.reading.call.police_owed_at
    if isinstance(due.decision, ladder.Climb):
        return due.decision.due_at
    raise TypeError(due.decision)


def _open_episodes(owed: Sequence[Owed], at: datetime) -> set[int]:
    """R3 opens an episode, not confirmed, so that there is a reference to quote."""
    climbing = [o for o in owed if o.step == Step.R3 and o.due.clock.kind == Clock.Kind.CONTACT]
    opened = episodes.open_unconfirmed([(o.due.child, _since(o.due)) for o in climbing], at=at)
    led: list[Alert] = []
    for o in climbing:
        episode = opened[o.due.child.pk]
        alert = _alert(o.due)
        if episode not in o.due.watched.child.episodes:
            o.due.watched.child.episodes.insert(0, episode)
        if alert.episode_id is None:
            alert.episode = episode
            led.append(alert)
    Alert.objects.bulk_update(led, ["episode"])
    return set(opened)


def _since(due: Due) -> datetime:
    """When the child was last seen face to face, else the start of the watch."""
    seen = [c.happened_at for c in due.watched.child.contacts if c.means == Means.FACE_TO_FACE]
    return seen[-1] if seen else min(due.child.registered_at, _due_at(due))


def _start_fail_safes(owed: Sequence[Owed]) -> set[int]:
    started = []
    for o in owed:
        episode = o.due.watched.child.open_episode
        if o.step == Step.FAIL_SAFE and episode is not None and episode.police_owed_at is None:
            started.append((episode, o.owed_at))
    episodes.start_fail_safes(started)
    return {episode.child_id for episode, _ in started}


def _spread(
    owed: list[Owed], directory: Directory, at: datetime
) -> tuple[list[outbox.Owed], list[duty_tasks.Wanted]]:
    """Resolve each step to messages and tasks; a rung with nobody on it climbs at once to the next."""
    messages: list[outbox.Owed] = []
    wanted: list[duty_tasks.Wanted] = []
    told = _told_by_call_steps(owed)
    # The call steps first: a post that one of them tells now is not sent its R4 or R5 in the same commit.
    queue = sorted(owed, key=lambda o: o.due.clock.kind != Clock.Kind.CALL)
    while queue:
        o = queue.pop(0)
        plan = tellings.plan(o.due.clock.kind, o.step, not_here=o.due.not_here)
        if plan.task is not None and not _answered(o):
            wanted.append(_task(o, plan.task, directory))
        found = [
            (telling, recipient)
            for telling in plan.tellings
            for recipient in directory.resolve(Post(telling.post), o.due.watched.child, telling.channels)
        ]
        left = [(t, r) for t, r in found if not _already_told(o, r, told)]
        messages += [_message(o, telling, recipient, plan) for telling, recipient in left]
        if o.step.startswith("call_") and o.due.episode is not None:
            told |= {(o.due.episode.pk, recipient.post) for _, recipient in left}
        if found and not left:
            o.met = AlertStep.Met.CALL_STEP
        on_rung = [r for _, r in found if r.post not in recipients.TOLD]
        if plan.tellings and not on_rung:
            o.met = AlertStep.Met.NOBODY
            queue += _climb_past(o, owed, at)
            messages += _instead(o, plan, directory)
    return messages, wanted


def _answered(o: Owed) -> bool:
    """An officer was named when this call step was owed or since: nobody is asked to ring for it any more."""
    if o.due.reading.call is None:
        return False
    start = o.due.reading.call.police_owed_at
    return any(max(moment, start) >= o.owed_at for moment in o.due.reading.call.verifications)


def _instead(o: Owed, plan: tellings.StepPlan, directory: Directory) -> list[outbox.Owed]:
    """A step outside the rungs of silence has no rung after it: who stands above hears it in its words."""
    if o.due.clock.kind == Clock.Kind.CONTACT:
        return []
    first = plan.tellings[0]
    for post in (Post.MANAGER, Post.HEAD, Post.DIRECTOR):
        found = directory.resolve(post, o.due.watched.child, tellings.TEXT_AND_MAIL)
        if found:
            return [_message(o, first, recipient, plan) for recipient in found]
    return []


def _climb_past(o: Owed, owed: list[Owed], at: datetime) -> list[Owed]:
    """Nobody stands on this rung: the next one is owed now, where the ladder has one."""
    alert = _alert(o.due)
    following = tellings.next_rung(o.step, alert.steps)
    if following is None or o.due.clock.kind != Clock.Kind.CONTACT or (o.due.not_here and o.step != Step.R4):
        return []
    known = {*clocks.climbed_steps(alert), *(other.step for other in owed if other.due is o.due)}
    if following in known:
        return []
    raised = Owed(o.due, str(following), at)
    owed.append(raised)
    if following == Step.R3:
        _open_episodes([raised], at)
    return [raised]


def _told_by_call_steps(owed: Sequence[Owed]) -> set[tuple[int, str]]:
    """(episode, recipient) of posts that a call step of that episode has told already."""
    found = {
        o.due.episode.pk
        for o in owed
        if o.step in (Step.R4, Step.R5)
        and o.due.episode is not None
        and o.due.clock.kind == Clock.Kind.CONTACT
    }
    return outbox.told_by_call_steps(found) if found else set()


def _already_told(o: Owed, recipient: Recipient, told: set[tuple[int, str]]) -> bool:
    episode = o.due.episode
    return (
        o.step in (Step.R4, Step.R5)
        and o.due.clock.kind == Clock.Kind.CONTACT
        and episode is not None
        and (episode.pk, recipient.post) in told
    )


def _message(
    o: Owed, telling: tellings.Telling, recipient: Recipient, plan: tellings.StepPlan
) -> outbox.Owed:
    placement = o.due.watched.child.placement
    episode = o.due.episode
    return outbox.Owed(
        alert=_alert(o.due),
        step=o.step,
        kind=telling.kind,
        wording=telling.wording,
        recipient=recipient,
        urgency=clocks.urgency_of(o.step),
        owed_at=o.owed_at,
        home_id=placement.home_id if placement is not None and plan.by_home else None,
        episode_id=episode.pk if episode is not None and not plan.by_home else None,
    )


def _task(o: Owed, kind: str, directory: Directory) -> duty_tasks.Wanted:
    placement = o.due.watched.child.placement
    home_id = placement.home_id if placement is not None else None
    episode_id = o.due.episode.pk if o.due.episode is not None else None
    of_home = kind == DutyTask.Kind.RING_HOME
    if of_home and placement is None:
        kind = DutyTask.Kind.FIND_PLACEMENT
    return duty_tasks.Wanted(
        kind=kind,
        authority_id=directory.authority[o.due.child.pk],
        alert=_alert(o.due),
        urgency=clocks.urgency_of(o.step),
        home_id=home_id if of_home else None,
        episode_id=None if of_home else episode_id,
        child_id=o.due.child.pk if of_home and home_id is None else None,
    )


def _entry(o: Owed, at: datetime) -> log.Entry:
    return log.Entry(
        child_id=o.due.child.pk,
        kind="climbed",
        subject=_alert(o.due),
        data={
            "clock": o.due.clock.kind,
            "step": o.step,
            "owed_at": o.owed_at.isoformat(),
            "late_seconds": int((at - o.owed_at).total_seconds()),
            "met": o.met,
        },
    )


def _write_back(due: Due, owed: Collection[Owed]) -> None:
    """Set what the sweep must look at next; children whose facts changed are recomputed after."""
    climbed = {o.step for o in owed}
    left = {step: moment for step, moment in due.clock.steps.items() if step not in climbed}
    due.clock.steps = left
    due.clock.rung = min(climbed, key=clocks.urgency_of)
    moments = {step: datetime.fromisoformat(moment) for step, moment in left.items()}
    due.clock.next_at = due.decision.next_at
    coming = [step for step, moment in moments.items() if moment == due.clock.next_at]
    due.clock.urgency = min((clocks.urgency_of(step) for step in coming), default=clocks.LEAST_URGENT)


def _end_unconfirmed(ending: Sequence[Due], at: datetime) -> None:
    """Proof came before any police message was owed: the episode was no absence but a late record."""
    late = []
    for due in ending:
        episode = due.watched.child.open_episode
        if _alert(due).end_reason != ACCOUNTED_FOR or episode is None:
            continue
        if episode.status == EpisodeStatus.NOT_CONFIRMED and episode.police_owed_at is None:
            late.append(episode)
    episodes.end_all_as_recorded_late(late, at=at)


def _reason(due: Due) -> str:
    if due.clock.kind != Clock.Kind.CONTACT:
        return "episode_ended" if due.clock.kind == Clock.Kind.CALL else "no_longer_owed"
    if due.watched.child.watched_until is not None:
        return "case_closed"
    ended = {episode.pk for episode in due.watched.child.episodes if episode.ended_at is not None}
    return "episode_ended" if _alert(due).episode_id in ended else ACCOUNTED_FOR


def _is_notice(due: Due) -> bool:
    return due.clock.kind in NOTICES


def _has_ended(episode: MissingEpisode | None) -> bool:
    return episode is not None and episode.status == EpisodeStatus.ENDED


def _alert(due: Due) -> Alert:
    if due.alert is None:
        raise TypeError("no alert was opened for this clock")
    return due.alert
