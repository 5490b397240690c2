"""The questions of ladders that stand still although each row by itself looks well."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef

from alerts.models import Alert, AlertStep, Clock, DutyTask, MessageItem, Outage
from alerts.posts import POLICE, TOLD
from alerts.states import AlertStatus, MessageStatus

# What the engine had no time for yet is no broken promise.
GRACE = timedelta(minutes=2)
# No agreed ladder of a missed contact lasts so long, nor does the hold of any outage.
LADDERS_LAST = timedelta(days=7)
HOLDS_LAST = timedelta(hours=2)


def _steps_called_off(now: datetime) -> Iterator[str]:
    """Climbed steps of open alerts of whose messages every one was cancelled, none of them because its reader is spared.

    Worker and guardian who have left are told by nobody, and a force that has left the search hears no more of it; what
    a person has dropped after a restore is theirs to answer for.
    """
    of_step = MessageItem.objects.filter(alert=OuterRef("alert"), step=OuterRef("step"))
    lives = of_step.exclude(message__status=MessageStatus.CANCELLED)
    owed = of_step.filter(message__status=MessageStatus.CANCELLED, message__held_at=None)
    owed = owed.exclude(message__post__in=[*TOLD, *POLICE])
    rows = AlertStep.objects.filter(met=AlertStep.Met.MESSAGES, alert__status=AlertStatus.OPEN)
    rows = rows.filter(Exists(owed), ~Exists(lives)).select_related("alert__child")
    return (f"{s.alert.child.reference} {s.step}" for s in rows.iterator())


def _steps_put_off(now: datetime) -> Iterator[str]:
    """Steps of a missed contact that no policy puts off so far."""
    kinds = (Clock.Kind.CONTACT, Clock.Kind.NOT_HERE)
    for alert in Alert.objects.open().filter(clock__kind__in=kinds).select_related("child", "clock"):
        last = max(alert.due_at, alert.opened_at) + LADDERS_LAST
        steps = [*alert.steps.items(), *alert.clock.steps.items()]
        for step in sorted({step for step, moment in steps if datetime.fromisoformat(moment) > last}):
            yield f"{alert.child.reference} {step}"


def _second_not_rung(now: datetime) -> Iterator[str]:
    rows = DutyTask.objects.untaken_at(now - GRACE)
    return (f"task {pk}" for pk in rows.values_list("pk", flat=True).order_by("pk"))


def _tasks_without_a_clock(now: datetime) -> Iterator[str]:
    """Untaken calls about an open alert that nobody behind the desk has ever heard of, nor ever will."""
    silent = DutyTask.objects.open().filter(next_at=None, taken_at=None, second_rung_at=None)
    rows = silent.filter(items__alert__status=AlertStatus.OPEN).exclude(kind=DutyTask.Kind.READ_REPLY)
    return (f"task {pk}" for pk in rows.values_list("pk", flat=True).order_by("pk").distinct())


def _empty_rungs_nobody_looks_into(now: datetime) -> Iterator[str]:
    asked = DutyTask.objects.filter(
        kind=DutyTask.Kind.NOBODY_TO_TELL, step=OuterRef("step"), items__alert=OuterRef("alert")
    )
    rows = AlertStep.objects.filter(met=AlertStep.Met.NOBODY, alert__status=AlertStatus.OPEN)
    rows = rows.exclude(Exists(asked)).select_related("alert__child")
    return (f"{s.alert.child.reference} {s.step}" for s in rows.iterator())


def _outages_that_hold_on(now: datetime) -> Iterator[str]:
    """Outages that end ahead, or hold longer than any may."""
    held = Outage.objects.filter(held_until__gt=F("ended_at") + HOLDS_LAST)
    return (outage.reference for outage in (Outage.objects.ahead(now) | held).order_by("pk"))


QUESTIONS = (
    ("no lost promise", "steps of open alerts whose messages were all called off", _steps_called_off),
    ("no silence", "steps of a missed contact that lie later than any policy", _steps_put_off),
    ("no silence", "duty tasks that nobody took and whose second person was not rung", _second_not_rung),
    (
        "no silence",
        "duty tasks that nobody took and of which no second person will ever hear",
        _tasks_without_a_clock,
    ),
    ("no silence", "rungs on which nobody stood and into which nobody looks", _empty_rungs_nobody_looks_into),
    ("no silence", "outages that end ahead or hold longer than two hours", _outages_that_hold_on),
)
