"""Whom a duty task reaches that nobody takes in time, or that somebody has taken and does not finish."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F

from alerts import calm, duty_tasks, journey_mails, outages, outbox, recipients, unread
from alerts.models import Alert, Channel, DutyTask, DutyTaskAlert, MessageItem, MessageKind
from alerts.posts import POLICE
from alerts.recipients import Post, Recipient
from cases import attempts, facts
from cases.facts import ChildFacts

logger = structlog.get_logger(__name__)

# Who is to hear of a task, and, by their keys, who has heard of it.
Call = tuple[DutyTask, Alert, Recipient]
_Told = tuple[int, int, str]

# A task whose second person cannot be rung, for a fault of its record, is tried again after so long.
PUT_OFF = timedelta(minutes=1)
# Where nobody stands who could be rung it is looked again after so long: somebody may have come meanwhile.
LOOK_AGAIN = timedelta(minutes=15)
# What may be about nothing but what wakes nobody, as long as no word to the police is among it.
MAY_WAIT = frozenset({DutyTask.Kind.NOBODY_TO_TELL, DutyTask.Kind.PHONE_THEM})


def ring_second(*, now: datetime, only: int | None = None) -> int:
    """Ring the second person for every task that nobody has taken in time, or for `only` that one; each once.

    One that was taken and not finished in time is nobody's again, and each hour until somebody finishes it the next is
    told: the second person, where they were not, the manager, and the head of service; and of an empty rung then those
    of them who were rung before something joined it that is owed by the hour. What wakes nobody waits for the day,
    however its clock came to fall into the night.
    """
    with transaction.atomic():
        untaken = DutyTask.objects.untaken_at(now)
        if only is not None:
            untaken = untaken.filter(pk=only)
        due = list(
            untaken.select_related("message", "episode")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("urgency", "next_at", "pk")[:200]
        )
        later = _wait_for_day(due, now)
        tasks = [task for task in due if task.pk not in later]
        if not tasks:
            return len(due)
        told = _told_of(tasks)
        calls = _calls([task for task in tasks if task.outage_id is None], told, now)
        outbox.enqueue(_owed(calls, now), at=now)
        outages.ring_second([task for task in tasks if task.outage_id is not None], at=now)
        rung = {task.pk for task, _alert, _recipient in calls} | journey_mails.ring_second(tasks, at=now)
        _note(tasks, rung, {pk for pk, _alert, _key in told}, now)
    return len(due)


def _wait_for_day(tasks: Sequence[DutyTask], now: datetime) -> set[int]:
    """At night the clocks of those that are about nothing but what wakes nobody go on to the morning; return which."""
    morning = calm.rings_at(now)
    asked = [task for task in tasks if task.kind in MAY_WAIT and not _is_to_police(task)]
    if morning == now or not asked:
        return set()
    items = DutyTaskAlert.objects.filter(duty_tasks.STILL_ABOUT, task__in=asked)
    found = list(items.select_related("alert__clock"))
    loaded = facts.load({item.alert.child_id for item in found})
    waits: dict[int, list[bool]] = defaultdict(list)
    for item in found:
        waits[item.task_id].append(_is_by_day(item.alert, loaded))
    later = [task for task in asked if waits[task.pk] and all(waits[task.pk])]
    for task in later:
        task.next_at = morning
    DutyTask.objects.bulk_update(later, ["next_at"])
    return {task.pk for task in later}


def _is_to_police(task: DutyTask) -> bool:
    return task.message is not None and task.message.post in POLICE


def _note(tasks: Sequence[DutyTask], rung: Collection[int], before: Collection[int], now: datetime) -> None:
    """Each is nobody's; of one that lapsed the next is told after another hour, as long as somebody is left to tell.

    One of which nobody has ever heard keeps its clock until somebody does, as long as it is about anything.
    """
    unheard = {task.pk for task in tasks if task.outage_id is None} - {*rung, *before}
    items = DutyTaskAlert.objects.filter(duty_tasks.STILL_ABOUT, task__in=unheard) if unheard else ()
    waits = {item.task_id for item in items}
    for task in tasks:
        task.next_at = now + duty_tasks.HELD_FOR if task.pk in rung and task.lapsed else None
        if task.pk in waits:
            task.next_at = now + LOOK_AGAIN
        if task.pk in rung or task.pk in before or task.outage_id is not None:
            task.second_rung_at = now
        task.taken_at = task.taken_by = None
    DutyTask.objects.bulk_update(tasks, ["next_at", "second_rung_at", "taken_at", "taken_by"])


def ring_second_one_by_one(*, now: datetime) -> tuple[int, int]:
    """Try each untaken task by itself; one that fails is reported. Return those rung and those that failed.

    Of one that fails whoever is next is rung by the desk alone, without the record; where that fails too it is put off.
    """
    rung = failed = 0
    for pk in list(DutyTask.objects.untaken_at(now).values_list("pk", flat=True)[:200]):
        try:
            rung += ring_second(now=now, only=pk)
        except Exception as error:  # noqa: BLE001 - any fault of one task
            failed += 1
            logger.error("task_fails", task=pk, error=type(error).__name__)
            attempts.count("task_fails")
            rung += _ring_by_desk_or_put_off(pk, now)
    return rung, failed


def _ring_by_desk_or_put_off(pk: int, now: datetime) -> int:
    try:
        with transaction.atomic():
            if _ring_by_desk(pk, now):
                return 1
    except Exception:
        logger.exception("task_not_rung_by_desk", task=pk)
    DutyTask.objects.untaken_at(now).filter(pk=pk).update(next_at=now + PUT_OFF)
    return 0


def _ring_by_desk(pk: int, now: datetime) -> bool:
    """Ring whoever is next on the desk of this task, be it that nothing of its children can be read but their marks."""
    rows = DutyTask.objects.untaken_at(now).filter(pk=pk).select_related("message", "episode")
    task = rows.select_for_update(skip_locked=True, of=("self",)).first()
    if task is None:
        return False
    items = DutyTaskAlert.objects.filter(duty_tasks.STILL_ABOUT, task=task).select_related("alert")
    alerts = [item.alert for item in items.order_by("pk")]
    told = _told_of([task])
    directory = recipients.desks([task.authority_id], at=now)
    groups = [directory.seconds_of(task.authority_id)]
    groups += [directory.standing(post, task.authority_id) for post in (Post.MANAGER, Post.HEAD)]
    for group in groups:
        kept = unread.not_kept(group, [alert.child_id for alert in alerts], at=now)
        calls = [
            (task, alert, one)
            for alert in alerts[: None if task.home_id else 1]
            for one in kept
            if (task.pk, alert.pk, one.key) not in told
            and (task.taken_by_id is None or one.user_id != task.taken_by_id)
        ]
        if calls:
            outbox.enqueue(_owed(calls, now), at=now)
            _note([task], {task.pk}, (), now)
            return True
        if group and not task.lapsed:
            break
    return False


def _calls(tasks: Sequence[DutyTask], told: Collection[_Told], now: datetime) -> list[Call]:
    """Who is to hear of each task, once for each alert that it is about."""
    items = DutyTaskAlert.objects.filter(duty_tasks.STILL_ABOUT, task__in=tasks).select_related(
        "alert__clock"
    )
    alerts: dict[int, list[Alert]] = defaultdict(list)
    for item in items.order_by("pk"):
        alerts[item.task_id].append(item.alert)
    loaded = facts.load({alert.child_id for found in alerts.values() for alert in found})
    directory = recipients.directory(list(loaded.values()), at=now)
    return [call for task in tasks for call in _calls_of(task, alerts[task.pk], loaded, directory, told)]


def _calls_of(
    task: DutyTask,
    alerts: Sequence[Alert],
    loaded: Mapping[int, ChildFacts],
    directory: recipients.Directory,
    told: Collection[_Told],
) -> list[Call]:
    for speaking in _speaking(task, alerts, loaded, told):
        found = [
            (task, alert, recipient)
            for alert in speaking
            for recipient in _next_for(task, alert, loaded[alert.child_id], directory, told)
        ]
        if found:
            return found
    return []


def _speaking(
    task: DutyTask, alerts: Sequence[Alert], loaded: Mapping[int, ChildFacts], told: Collection[_Told]
) -> list[Sequence[Alert]]:
    """The alerts of which whoever is next is to hear: the second of these where nobody is left to hear of the first.

    A house's children are one message, and so are several on one empty rung, or in one call to whoever was not reached: one
    reader may not hear of them all, and the first may be over before the message is out. Of an episode's alerts the first
    speaks for all, so that nobody is rung twice. Of an empty rung what is owed by the hour may
    have joined since: of one that is rung of anew the last that nobody has heard of speaks alone, and of one that somebody
    took and did not finish the last does after the first.
    """
    if task.home_id is not None or task.is_of_several or _is_to_reader(task):
        return [alerts]
    if task.kind != DutyTask.Kind.NOBODY_TO_TELL:
        return [alerts[:1]]
    by_hour = [alert for alert in alerts if not _is_by_day(alert, loaded)]
    if task.lapsed:
        return [alerts[:1], by_hour[-1:]]
    heard = {alert for pk, alert, _key in told if pk == task.pk}
    return [[alert for alert in by_hour if alert.pk not in heard][-1:] if heard else alerts[:1]]


def _is_to_reader(task: DutyTask) -> bool:
    """Whether somebody is to be phoned who was not reached; what the desk itself did not get it goes on reading by text."""
    return (
        task.kind == DutyTask.Kind.PHONE_THEM and task.message is not None and task.message.post != Post.DUTY
    )


def _is_by_day(alert: Alert, loaded: Mapping[int, ChildFacts]) -> bool:
    """Whether nobody is woken by this alert of a loaded child."""
    has_died = loaded[alert.child_id].has_died
    return calm.is_rung_by_day(alert.clock.kind, alert.clock.duty, has_died=has_died)


def _owed(calls: Sequence[Call], now: datetime) -> list[outbox.Owed]:
    together = _together(calls)
    ends = {task.pk for task, _alert, _recipient in calls if _is_word_of_end(task)}
    return [
        outbox.Owed(
            alert=alert,
            step=task.call_step,
            # Only word of an end goes out after the end.
            kind=MessageKind.ENDING if task.pk in ends else MessageKind.ALERT,
            wording="second_person",
            recipient=recipient,
            urgency=task.urgency,
            owed_at=task.next_at or now,
            home_id=task.home_id,
            episode_id=task.episode_id if task.home_id is None and _is_of_search(task, alert) else None,
            together=together.get((task.pk, recipient.key), ""),
        )
        for task, alert, recipient in calls
    ]


def _next_for(
    task: DutyTask, alert: Alert, child: ChildFacts, directory: recipients.Directory, told: Collection[_Told]
) -> list[Recipient]:
    """Whoever is next and has not heard of the task; of one that lapsed not whoever had taken it.

    One that passed to another desk is untaken anew: whoever has heard of it, at either desk, is not told again.
    """
    groups = [directory.second_for(child)]
    if task.lapsed:
        groups += [
            directory.resolve(post, child, (Channel.TEXT, Channel.MAIL)) for post in (Post.MANAGER, Post.HEAD)
        ]
    for group in groups:
        fresh = [one for one in group if (task.pk, alert.pk, one.key) not in told]
        if task.taken_by_id is not None:
            fresh = [one for one in fresh if one.user_id != task.taken_by_id]
        if fresh:
            return fresh
    return []


def _told_of(tasks: Sequence[DutyTask]) -> set[_Told]:
    """Task, alert and recipient of every call about these tasks that was owed before.

    Whoever was rung of an empty rung has heard of all that was on it by then.
    """
    steps = {step: task.pk for task in tasks for step in task.call_steps}
    rows = MessageItem.objects.filter(alert__task_items__task__in=tasks, step__in=steps)
    calls = [
        (steps[step], alert, key, rung_at)
        for step, alert, key, rung_at in rows.values_list("step", "alert", "recipient", "message__created_at")
    ]
    told = {(pk, alert, key) for pk, alert, key, _rung_at in calls}
    joined = _joined([task.pk for task in tasks if task.kind == DutyTask.Kind.NOBODY_TO_TELL])
    for pk, _alert, key, rung_at in calls:
        told |= {(pk, alert, key) for alert, joined_at in joined[pk] if joined_at <= rung_at}
    return told


def _joined(task_ids: Collection[int]) -> dict[int, list[tuple[int, datetime]]]:
    """By task about an empty rung its alerts, each with the instant at which it came to that rung."""
    found: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    items = DutyTaskAlert.objects.filter(task__in=task_ids, alert__climbed__step=F("task__step"))
    rows = items.values_list("task", "alert", "alert__climbed__climbed_at") if task_ids else ()
    for task_id, alert_id, climbed_at in rows:
        found[task_id].append((alert_id, climbed_at))
    return found


def _is_of_search(task: DutyTask, alert: Alert) -> bool:
    """Whether the alert is of the child whose search the task is about: a call may go on about another child alone."""
    return task.episode is not None and task.episode.child_id == alert.child_id


def _together(calls: Sequence[Call]) -> dict[tuple[int, str], str]:
    """By task and reader the step of the one message for all that each reader is told at this instant.

    A house that is silent and a dead gateway leave many tasks at once, and one call may be about many. To ring a home is a
    message of its own, and so is its end; word of an end goes apart, for it goes after the end. The step is that of a call
    to a person who was not reached where there is no other task: such a message alone asks for no call if it fails
    (`asks_for_another_call`).
    """
    of_reader: dict[tuple[str, int, bool, bool], dict[int, DutyTask]] = defaultdict(dict)
    times = Counter((task.pk, recipient.key) for task, _alert, recipient in calls)
    for task, _alert, recipient in calls:
        if task.home_id is None or task.kind == DutyTask.Kind.PHONE_THEM:
            of_reader[recipient.key, task.authority_id, task.lapsed, _is_word_of_end(task)][task.pk] = task
    return {
        (pk, key): min(tasks.values(), key=_speaks_first).call_step
        for (key, *_rest), tasks in of_reader.items()
        if len(tasks) > 1 or any(task.is_of_several or times[task.pk, key] > 1 for task in tasks.values())
        for pk in tasks
    }


def _speaks_first(task: DutyTask) -> tuple[bool, int]:
    return (task.kind == DutyTask.Kind.PHONE_THEM, task.pk)


def _is_word_of_end(task: DutyTask) -> bool:
    return task.kind == DutyTask.Kind.AFTER_DEATH or task.is_of_end
