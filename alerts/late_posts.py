"""A message to a post of the council that is late on its way: a person is asked to phone, and the next rung waits for nobody."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from alerts import (
    calm,
    failures,
    gateway_calls,
    one_reader,
    phone_tasks,
    recipients,
    tellings,
    told_by_phone,
    told_by_text,
)
from alerts.models import Alert, DutyTask, Message, MessageKind
from alerts.posts import WAITED_FOR, Post
from alerts.schedule import Step
from alerts.states import AlertStatus, MessageStatus
from cases import facts

logger = structlog.get_logger(__name__)

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


def phone(in_mail: Sequence[Message], *, at: datetime) -> None:
    """Ask the desk to phone whoever this mail is for, once, unless they were reached by text or voice, or are woken by nothing.

    It may arrive yet, and goes on being tried. Of silence the next rung is owed now where nobody on this one was reached,
    but for the fail-safe: that a mail is late says nothing of the child. What waits in one mail is as late as the first of
    it, and one call, and so is what is late for one reader at once. The children that it is about are locked by the caller.
    """
    waits = {m: _unasked(m) for m in in_mail if is_waited_for(m)}
    loaded = facts.load({alert.child_id for alerts in waits.values() for alert in alerts})
    if at - min((message.owed_at for message in waits), default=at) < BY_DAY:
        waits = {
            m: [a for a in of_mail if not _is_by_day(a, loaded[a.child_id])] for m, of_mail in waits.items()
        }
    about = [
        (message, alerts) for message, of_mail in waits.items() if (alerts := _unheard(message, of_mail))
    ]
    _bring_nearer_what_is_asked_for(in_mail, at)
    all_alerts = list({alert.pk: alert for _message, alerts in about for alert in alerts}.values())
    if not all_alerts:
        return
    children = {alert.child_id for alert in all_alerts}
    directory = recipients.directory([loaded[pk] for pk in children], at=at)
    for authority_id, theirs in sorted(failures.by_desk(all_alerts, directory).items()):
        one_reader.lock_desk(authority_id)
        first = next(message for message, alerts in about if not set(alerts).isdisjoint(theirs))
        if one_reader.joins_call(first, theirs, authority_id, at=at):
            continue
        # It is about no one search where it is about everybody's texts.
        is_down = told_by_phone.is_texted(first) and gateway_calls.is_down(at)
        about_one = {"episode_id": None if is_down else first.episode_id}
        step = DutyTask.GATEWAY if is_down else ""
        phone_tasks.phone_about(first, theirs, authority_id, step=step, at=at, **about_one)
    for message, alerts in about:
        logger.error("message_delayed", message=str(message.pk), wording=message.wording, step=message.step)
        _bring_nearer(message, alerts, at)


def _bring_nearer_what_is_asked_for(in_mail: Sequence[Message], at: datetime) -> None:
    """What was late beside this may have been all that nobody had: this one had gone out by then."""
    for message in in_mail:
        if is_waited_for(message):
            asked = one_reader.still_asked_for(message)
            waiting = [alert for alert in _open_alerts(message) if alert.pk in asked]
            _bring_nearer(message, _unheard(message, waiting), at)


def _bring_nearer(message: Message, alerts: Sequence[Alert], at: datetime) -> None:
    before = [a for a in alerts if tellings.next_rung(message.step, a.steps) != Step.FAIL_SAFE]
    failures.bring_next_rung_nearer(message, before, at)


def close_untaken(sent: Sequence[Message], *, at: datetime) -> None:
    """Close the calls that nobody took about what was late and has gone out; a force is phoned all the same."""
    for message in sent:
        if is_waited_for(message):
            one_reader.close_untaken(message, at=at)


def _unasked(message: Message) -> list[Alert]:
    """The open alerts of a message of which no call was asked for, be it one about another message to the same reader."""
    if failures.asks_for_another_call(message):
        return []
    made = DutyTask.objects.filter(message=message, done_at__isnull=False).exclude(answer=phone_tasks.ARRIVED)
    if made.exists():
        # Somebody has phoned about it.
        return []
    called = one_reader.asked_for(message)
    return [alert for alert in _open_alerts(message) if alert.pk not in called]


def _open_alerts(message: Message) -> list[Alert]:
    of_mail = Alert.objects.filter(message_items__message=message, status=AlertStatus.OPEN)
    return list(of_mail.distinct().select_related("clock"))


def _unheard(message: Message, alerts: Sequence[Alert]) -> list[Alert]:
    reached = _reached(message, alerts)
    return [alert for alert in alerts if alert.pk not in reached]


def _is_by_day(alert: Alert, child: facts.ChildFacts) -> bool:
    return calm.is_rung_by_day(alert.clock.kind, alert.clock.duty, has_died=child.has_died)


def _reached(message: Message, alerts: Sequence[Alert]) -> Collection[int]:
    """Of which alerts the same person, or somebody on the desk, was texted or rung of this step; a mail wakes nobody."""
    if message.post != Post.DUTY and message.user_id is None:
        return ()
    who = Q() if message.post == Post.DUTY else Q(message__user=message.user_id)
    return told_by_text.alerts_of(message, alerts, who & Q(message__status=MessageStatus.SENT))
