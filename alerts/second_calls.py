"""Whom a duty task reaches that nobody takes in time, or that somebody has taken and does not finish."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from alerts import journey_mails, outages, outbox, recipients
from alerts.models import Alert, Channel, DutyTask, DutyTaskAlert, MessageItem, MessageKind
from alerts.recipients import Post, Recipient
from cases import facts
from cases.facts import ChildFacts

logger = structlog.get_logger(__name__)

# A task whose second person cannot be rung, for a fault of its record, is tried again after so long.
PUT_OFF = timedelta(minutes=1)


def ring_second(*, now: datetime, only: int | None = None) -> int:
    """Ring the second person for every task that nobody has taken in time, or for `only` that one; each once.

    One that was taken and not finished in time is nobody's again; where the second person was rung before, the manager hears.
    """
    with transaction.atomic():
        untaken = DutyTask.objects.untaken_at(now)
        if only is not None:
            untaken = untaken.filter(pk=only)
        tasks = list(
            untaken.select_for_update(skip_locked=True, of=("self",)).order_by("urgency", "next_at", "pk")[
                :200
            ]
        )
        if not tasks:
            return 0
        outbox.enqueue(_second_calls([task for task in tasks if task.outage_id is None], now), at=now)
        outages.ring_second([task for task in tasks if task.outage_id is not None], at=now)
        journey_mails.ring_second(tasks, at=now)
        DutyTask.objects.filter(pk__in=[task.pk for task in tasks]).update(
            second_rung_at=now, next_at=None, taken_at=None, taken_by=None
        )
    return len(tasks)


def ring_second_one_by_one(*, now: datetime) -> tuple[int, int]:
    """Try each untaken task by itself; one that fails is put off and reported. Return those rung and those that failed."""
    rung = failed = 0
    for pk in list(DutyTask.objects.untaken_at(now).values_list("pk", flat=True)[:200]):
        try:
            rung += ring_second(now=now, only=pk)
        except Exception as error:  # noqa: BLE001 - any fault of one task
            failed += 1
            logger.error("task_fails", task=pk, error=type(error).__name__)
            DutyTask.objects.filter(pk=pk).update(next_at=now + PUT_OFF)
    return rung, failed


def _second_calls(tasks: Sequence[DutyTask], now: datetime) -> list[outbox.Owed]:
    items = DutyTaskAlert.objects.filter(task__in=tasks, alert__status="open").select_related("alert")
    alerts: dict[int, list[Alert]] = defaultdict(list)
    for item in items.order_by("pk"):
        alerts[item.task_id].append(item.alert)
    loaded = facts.load({alert.child_id for found in alerts.values() for alert in found})
    directory = recipients.directory(list(loaded.values()), at=now)
    calls = [
        (task, alert, recipient)
        for task in tasks
        # A house's children are one message; of an episode's alerts one speaks for all, so that nobody is rung twice.
        for alert in (alerts[task.pk] if task.home_id is not None else alerts[task.pk][:1])
        for recipient in _next_for(task, loaded[alert.child_id], directory)
    ]
    # A task that passed to another desk is untaken anew: whoever has heard of it, at either desk, is not told again.
    told = _told_of(tasks)
    calls = [call for call in calls if (call[1].pk, call[0].call_step, call[2].key) not in told]
    together = _together([(task, recipient) for task, _alert, recipient in calls])
    return [
        outbox.Owed(
            alert=alert,
            step=task.call_step,
            kind=MessageKind.ALERT,
            wording="second_person",
            recipient=recipient,
            urgency=task.urgency,
            owed_at=task.next_at or now,
            home_id=task.home_id,
            episode_id=task.episode_id if task.home_id is None else None,
            together=together.get((task.pk, recipient.key), ""),
        )
        for task, alert, recipient in calls
    ]


def _next_for(task: DutyTask, child: ChildFacts, directory: recipients.Directory) -> list[Recipient]:
    if task.taken_at is None or task.second_rung_at is None:
        return directory.second_for(child)
    return directory.resolve(Post.MANAGER, child, (Channel.TEXT, Channel.MAIL))


def _told_of(tasks: Sequence[DutyTask]) -> set[tuple[int, str, str]]:
    """Alert, step and recipient of every call about these tasks that was owed before."""
    rows = MessageItem.objects.filter(
        alert__task_items__task__in=tasks,
        step__in={task.call_step for task in tasks},
        kind=MessageKind.ALERT,
    )
    return set(rows.values_list("alert", "step", "recipient"))


def _together(calls: Sequence[tuple[DutyTask, Recipient]]) -> dict[tuple[int, str], str]:
    """By task and reader the step of the one message for all calls to people who were not reached: a dead gateway
    or mail server leaves many at once, and says so once to each reader."""
    of_reader: dict[tuple[str, int, bool], dict[int, DutyTask]] = defaultdict(dict)
    for task, recipient in calls:
        if task.kind == DutyTask.Kind.PHONE_THEM:
            of_reader[recipient.key, task.authority_id, task.taken_at is None][task.pk] = task
    return {
        (pk, key): tasks[min(tasks)].call_step
        for (key, *_rest), tasks in of_reader.items()
        if len(tasks) > 1
        for pk in tasks
    }
