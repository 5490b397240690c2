"""The sweep of homes and the verbs of a home's alert: no check of the building, told to the home and to duty and no higher."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Max

from alerts import clocks, duty_tasks, home_clocks, night_checks, outbox, recipients, tellings
from alerts.home_clocks import Night
from alerts.models import Channel, DutyTask, HomeAlert, HomeAlertStep, HomeClock, Message, MessageKind
from alerts.night_checks import Climb, StandDown
from alerts.recipients import Directory, Post, Recipient
from alerts.schedule import Step
from alerts.watching import Watched
from cases import building_checks, home_log
from cases.models import BuildingCheck, Home, Placement, User
from cases.states import IllegalMove

logger = structlog.get_logger(__name__)

BATCH = 200
# A home that fails is set aside for 5, 10, 20 … seconds, at most 10 minutes, and reported each time.
SET_ASIDE = timedelta(seconds=5)
SET_ASIDE_AT_MOST = timedelta(minutes=10)
# One window ends and the next one's lateness is owed in the same sweep after an outage.
ROUNDS = 5


@dataclass(frozen=True)
class Told:
    """Who is told of one step on behalf of which authority."""

    recipient: Recipient
    authority_id: int
    wording: str
    kind: str


def sweep(*, now: datetime) -> tuple[int, int]:
    """Handle the homes whose clock is due, each in a commit of its own; return those handled and those that failed."""
    done = failed = 0
    for _ in range(ROUNDS):
        due = list(HomeClock.objects.due(now).values_list("home_id", flat=True)[:BATCH])
        if not due:
            break
        for home_id in due:
            try:
                with transaction.atomic():
                    done += _handle(home_id, now)
            except Exception as error:  # noqa: BLE001 - any fault of one record
                failed += 1
                _set_aside(home_id, error, now)
    return done, failed


def _handle(home_id: int, now: datetime) -> int:
    """Lock the home, read its facts again, decide, and write: one commit."""
    free = Home.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=home_id)
    if not list(free.values_list("pk")) or not HomeClock.objects.due(now).filter(home=home_id).exists():
        return 0
    night = home_clocks.load([home_id], at=now)[home_id]
    alert = home_clocks.open_alerts([home_id]).get(home_id)
    decided = night_checks.decide(night.facts, home_clocks.standing_of(alert), now)
    if isinstance(decided, StandDown) and alert is not None:
        _stand_down(alert, decided.reason, at=now)
    elif isinstance(decided, Climb):
        _climb(night, alert or _open(night, decided.owed, at=now), decided, at=now)
    home_clocks.recompute([home_id], at=now)
    return 1


def _open(night: Night, owed: night_checks.Owed, *, at: datetime) -> HomeAlert:
    last = HomeAlert.objects.filter(home=night.home, due_at=owed.due_at).aggregate(last=Max("round"))["last"]
    return HomeAlert.objects.create(
        home=night.home,
        opens_at=owed.opens_at,
        due_at=owed.due_at,
        round=(last or 0) + 1,
        rows=list(owed.rows),
        steps={step.value: moment.isoformat() for step, moment in owed.steps.items()},
        opened_at=at,
    )


def _climb(night: Night, alert: HomeAlert, climb: Climb, *, at: datetime) -> None:
    directory = recipients.directory([one.child for one in night.children], at=at)
    for step, owed_at in climb.steps:
        told = _told(night, step, directory)
        Message.objects.bulk_create([_message(alert, step, one, owed_at, at) for one in told])
        HomeAlertStep.objects.create(
            alert=alert, step=step, owed_at=owed_at, climbed_at=at, told_nobody=not told
        )
        home_log.append(
            night.home.pk,
            "climbed",
            subject=alert,
            data={
                "step": step.value,
                "owed_at": owed_at.isoformat(),
                "late_seconds": int((at - owed_at).total_seconds()),
                "told_nobody": not told,
            },
            at=at,
        )
    _open_tasks(night, alert, directory, at)


def _told(night: Night, step: Step, directory: Directory) -> list[Told]:
    """The home's phone for the home; the duty desk of every authority that is responsible for a child concerned."""
    found: dict[str, Told] = {}
    for telling in tellings.BUILDING_CHECK[step].tellings:
        for one in night.children:
            authority_id = directory.authority[one.child.child.pk]
            reached: Sequence[Recipient] = directory.resolve(telling.post, one.child, telling.channels)
            if telling.post == Post.HOME:
                # The message is about the house: it goes to its phone whoever's child it is.
                reached = [Recipient(Post.HOME, Channel.TEXT, phone=night.home.phone)]
            for recipient in reached:
                told = Told(recipient, authority_id, telling.wording, telling.kind)
                found.setdefault(recipient.key, told)
    return list(found.values())


def _message(alert: HomeAlert, step: Step, told: Told, owed_at: datetime, at: datetime) -> Message:
    recipient = told.recipient
    return Message(
        kind=told.kind,
        wording=told.wording,
        step=step,
        channel=recipient.channel,
        post=recipient.post,
        recipient=recipient.key,
        user_id=recipient.user_id,
        mailbox_id=recipient.mailbox_id,
        phone=recipient.phone if recipient.channel != Channel.MAIL else "",
        authority_id=told.authority_id,
        home_id=alert.home_id,
        home_alert=alert,
        urgency=clocks.urgency_of(step),
        owed_at=owed_at,
        created_at=at,
        next_try_at=at,
    )


def _open_tasks(night: Night, alert: HomeAlert, directory: Directory, at: datetime) -> None:
    """One task on each desk concerned; it has no clock of its own, for a building check goes no higher than the desk."""
    kind = DutyTask.Kind.RING_ABOUT_CHECK
    standing = set(DutyTask.objects.filter(home_alert=alert, kind=kind).values_list("authority", flat=True))
    wanted = {directory.authority[one.child.child.pk] for one in night.children} - standing
    DutyTask.objects.bulk_create(
        [
            DutyTask(
                kind=kind,
                authority_id=authority_id,
                home_id=alert.home_id,
                home_alert=alert,
                urgency=clocks.urgency_of(Step.R1),
                opened_at=at,
            )
            for authority_id in sorted(wanted)
        ]
    )


def hand_over(child_ids: Collection[int], *, kind: str, at: datetime) -> None:
    """Open calls about a check go to the desks whose locked children are new there now, untaken.

    Asked by an event of this kind, where responsibility may have passed; one to which nobody is new ends with its alert.
    """
    if kind not in duty_tasks.PASSES:
        return
    here = Placement.objects.current(at).filter(child__among=set(child_ids), home__isnull=False)
    calls = DutyTask.objects.open().filter(
        home_alert__ended_at=None, home_alert__home__in=here.values("home")
    )
    homes = sorted(set(calls.values_list("home_alert__home", flat=True)))
    if not homes:
        return
    home_log.lock(homes)
    for home_id, night in home_clocks.load(homes, at=at).items():
        new = [one for one in night.children if _lives_in(one, home_id)]
        directory = recipients.directory([one.child for one in new], at=at)
        wanted = {directory.authority[one.child.child.pk] for one in new}
        if not wanted:
            continue
        standing = list(calls.filter(home_alert__home=home_id).select_related("home_alert").order_by("pk"))
        for call in standing:
            if call.authority_id not in wanted:
                _hand_over(call, wanted, at)
        for call in standing[:1]:
            _open_tasks(replace(night, children=new), _alert_of(call), directory, at)


def _lives_in(one: Watched, home_id: int) -> bool:
    return one.child.placement is not None and one.child.placement.home_id == home_id


def _hand_over(call: DutyTask, wanted: Collection[int], at: datetime) -> None:
    """As it is, so that a form that stands open is taken; closed where each of these desks has it already."""
    alike = DutyTask.objects.filter(home_alert=call.home_alert_id, kind=call.kind, message=call.message_id)
    free = sorted({*wanted} - set(alike.values_list("authority", flat=True)))
    moved: dict[str, Any] = {"done_at": at, "answer": duty_tasks.ELSEWHERE}
    if free:
        moved = {"authority": free[0], "taken_at": None, "taken_by": None}
    DutyTask.objects.filter(pk=call.pk).update(next_at=None, **moved)


def _stand_down(alert: HomeAlert, reason: str, *, at: datetime) -> None:
    """End the alert: whoever was told hears it, and the desks' tasks about it close."""
    alert.ended_at, alert.end_reason = at, reason
    alert.save(update_fields=["ended_at", "end_reason"])
    outbox.end_of_home(alert, at=at)
    # That somebody did not hear of it too: nobody is phoned of what is over.
    tasks = DutyTask.objects.open().filter(home_alert=alert).exclude(message__kind=MessageKind.ENDING)
    tasks.update(done_at=at, answer=duty_tasks.ENDED, next_at=None)
    home_log.append(alert.home_id, "alert_ended", subject=alert, data={"reason": reason}, at=at)


def record_told(task: DutyTask, check: building_checks.Round, *, by: User, at: datetime) -> BuildingCheck:
    """Record the check that the home told duty of on the phone; the task is done when it is one of this window."""
    alert = _alert_of(task)
    with transaction.atomic():
        made = building_checks.record(alert.home, check, by=by, at=at)
        # Done by this very form, where it came before.
        is_done = DutyTask.objects.filter(pk=task.pk, done_at__isnull=False, done_by=by).exists()
        if made.happened_at >= alert.opens_at and not is_done:
            finish(task, answer=f"Checked by {made.checked_by}"[:300], by=by, at=at)
    return made


def finish(task: DutyTask, *, answer: str, by: User, at: datetime) -> DutyTask:
    """Keep what came of the call; the alert itself ends with a check, or when the next one is due."""
    alert = _alert_of(task)
    if not answer.strip():
        raise IllegalMove("Enter what came of it.")
    with transaction.atomic():
        home_log.lock([alert.home_id])
        task = DutyTask.objects.select_for_update().get(pk=task.pk)
        if task.done_at is not None:
            raise IllegalMove("This task is done already.")
        task.done_at, task.done_by, task.answer, task.next_at = at, by, answer, None
        task.save(update_fields=["done_at", "done_by", "answer", "next_at"])
        home_log.append(alert.home_id, "duty_task_done", subject=task, data={"task": task.kind}, by=by, at=at)
    return task


def could_not_reach(task: DutyTask, *, by: User, at: datetime) -> DutyTask:
    """“Could not reach” is kept and ends nothing: the task stays on the desk, untaken."""
    alert = _alert_of(task)
    with transaction.atomic():
        home_log.lock([alert.home_id])
        task = DutyTask.objects.select_for_update().get(pk=task.pk)
        if task.done_at is not None:
            raise IllegalMove("This task is done already.")
        task.taken_at = task.taken_by = None
        task.save(update_fields=["taken_at", "taken_by"])
        home_log.append(alert.home_id, "duty_could_not_reach", subject=task, by=by, at=at)
    return task


def _alert_of(task: DutyTask) -> HomeAlert:
    if task.home_alert is None:
        raise IllegalMove("This task is about no building check.")
    return task.home_alert


def _set_aside(home_id: int, error: Exception, now: datetime) -> None:
    logger.error("home_fails", home=home_id, error=type(error).__name__)
    for clock in HomeClock.objects.filter(home=home_id):
        HomeClock.objects.filter(pk=clock.pk).update(
            faults=min(clock.faults + 1, 1000),
            fault=f"{type(error).__name__}: {error}"[:300],
            set_aside_until=now + min(SET_ASIDE * 2 ** min(clock.faults, 10), SET_ASIDE_AT_MOST),
        )
