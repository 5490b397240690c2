"""A message to a post of the council that is late on its way: a person is asked to phone, and the next rung waits for nobody."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from alerts import calm, duty_tasks, failures, recipients, tellings, told_by_text
from alerts.models import Alert, DutyTask, Message, MessageKind
from alerts.posts import RECEIVER, Post
from alerts.schedule import Step
from alerts.states import AlertStatus, MessageStatus
from cases import facts

logger = structlog.get_logger(__name__)

# Whom a ladder waits for. The home is rung by a task of its own.
WAITED_FOR = frozenset({Post.DUTY, Post.SECOND, Post.MANAGER, Post.HEAD, Post.DIRECTOR, *RECEIVER})
# What wakes nobody is phoned after so long: a mail server has its bad morning.
BY_DAY = timedelta(hours=4)
# A word of a task that nobody took is as little to be lost as a rung.
_OF_TASKS = (f"{DutyTask.UNTAKEN}:", f"{DutyTask.LAPSED}:")


def is_waited_for(message: Message) -> bool:
    """Whether a ladder or a task counts on this one having been told."""
    step = message.step
    of_ladder = step in set(Step) or step.startswith(("call_", *_OF_TASKS))
    is_alert = message.kind == MessageKind.ALERT and message.home_alert_id is None
    return is_alert and of_ladder and message.post in WAITED_FOR


def phone(message: Message, *, at: datetime) -> None:
    """Ask the desk to phone whoever this is for, once, unless they were reached by text or voice, or are woken by nothing.

    It may arrive yet, and goes on being tried. Of silence the next rung is owed now where nobody on this one was reached,
    but for the fail-safe: that a mail is late says nothing of the child. The children that it is about are locked by the
    caller.
    """
    known = DutyTask.objects.filter(message=message)
    if not is_waited_for(message) or failures.asks_for_another_call(message) or known.exists():
        return
    of_mail = Alert.objects.filter(message_items__message=message, status=AlertStatus.OPEN)
    alerts = list(of_mail.distinct().select_related("clock"))
    loaded = facts.load([alert.child_id for alert in alerts])
    if at - message.owed_at < BY_DAY:
        alerts = [alert for alert in alerts if not _is_by_day(alert, loaded[alert.child_id])]
    reached = _reached(message, alerts)
    alerts = [alert for alert in alerts if alert.pk not in reached]
    if not alerts:
        return
    logger.error("message_delayed", message=str(message.pk), wording=message.wording, step=message.step)
    directory = recipients.directory([loaded[alert.child_id] for alert in alerts], at=at)
    for authority_id, theirs in failures.by_desk(alerts, directory).items():
        duty_tasks.phone_about(message, theirs, authority_id, episode_id=message.episode_id, at=at)
    before = [a for a in alerts if tellings.next_rung(message.step, a.steps) != Step.FAIL_SAFE]
    failures.bring_next_rung_nearer(message, before, at)


def _is_by_day(alert: Alert, child: facts.ChildFacts) -> bool:
    return calm.is_rung_by_day(alert.clock.kind, alert.clock.duty, has_died=child.has_died)


def _reached(message: Message, alerts: Sequence[Alert]) -> Collection[int]:
    """Of which alerts the same person, or somebody on the desk, was texted or rung of this step; a mail wakes nobody."""
    if message.post != Post.DUTY and message.user_id is None:
        return ()
    who = Q() if message.post == Post.DUTY else Q(message__user=message.user_id)
    return told_by_text.alerts_of(message, alerts, who & Q(message__status=MessageStatus.SENT))
