"""The desk to which a child passes hears at once of what it is asked to answer: only whoever stands above would, later."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from alerts import clocks, duty_tasks, outbox, readings, recipients, tellings
from alerts.escalations import actors, entered, kept
from alerts.models import Alert, AlertStep, Clock, MessageItem, MessageKind
from alerts.posts import POLICE
from alerts.recipients import Directory
from alerts.states import AlertStatus
from cases import facts
from cases.models import Responsibility

# They stand on the desk until somebody writes what was done, and no task about them is handed over.
KINDS = frozenset(readings.TOLD_OF.values())


def tell(child_ids: Collection[int], *, kind: str, at: datetime) -> None:
    """Owe each step that has climbed to whoever stands on its posts at the authority that is responsible from `at` on.

    Rung by an event of this kind, or by a merger; the children are locked by the caller. No phone or mailbox that was
    told of a step is told of it again, and no force, which is the same as before.
    """
    if kind not in duty_tasks.PASSES:
        return
    alerts = _unanswered(child_ids, at)
    if not alerts:
        return
    loaded = facts.load({alert.child_id for alert in alerts})
    directory = recipients.directory(list(loaded.values()), at=at)
    barred = kept.of_alerts(alerts, at=at)
    climbed, heard = _heard(alerts)
    owed: list[outbox.Owed] = []
    for one in alerts:
        for step in climbed[one.pk]:
            new = _of_step(one, step, loaded[one.child_id], directory, barred, at=at)
            owed += [each for each in new if (step, each.recipient.key) not in heard[one.pk]]
    outbox.enqueue(owed, at=at)


def _unanswered(child_ids: Collection[int], at: datetime) -> Sequence[Alert]:
    """The open alerts of these kinds of those children for whom another is responsible from this moment on."""
    open_ones = Alert.objects.filter(
        child__in=set(child_ids), status=AlertStatus.OPEN, clock__kind__in=KINDS, opened_at__lt=at
    )
    passed = Responsibility.objects.filter(starts_at=at, child__in=set(child_ids))
    return list(open_ones.filter(child__in=passed.values("child")).select_related("clock").order_by("pk"))


def _heard(alerts: Sequence[Alert]) -> tuple[dict[int, list[str]], dict[int, set[tuple[str, str]]]]:
    """By alert the steps that have climbed, and which of them which phone or mailbox was told of."""
    climbed, heard = defaultdict[int, list[str]](list), defaultdict[int, set[tuple[str, str]]](set)
    for alert_id, step in AlertStep.objects.filter(alert__in=alerts).values_list("alert", "step"):
        climbed[alert_id].append(step)
    told = MessageItem.objects.filter(alert__in=alerts, kind=MessageKind.ALERT)
    for alert_id, step, recipient in told.values_list("alert", "step", "recipient"):
        heard[alert_id].add((step, recipient))
    return climbed, heard


def _of_step(
    alert: Alert,
    step: str,
    child: facts.ChildFacts,
    directory: Directory,
    barred: kept.Barred,
    *,
    at: datetime,
) -> list[outbox.Owed]:
    episode, last = child.open_episode, actors.last_told(child, alert.clock.kind)
    writer = last.recorded_by_id if last is not None else None
    plan = tellings.plan(alert.clock.kind, step, alert.clock.duty)
    # As the step itself: of a child who is looked for it is told by itself.
    by_home = plan.by_home and not (alert.clock.kind == Clock.Kind.APPROACH and episode is not None)
    found = [
        (telling, to)
        for telling in plan.tellings
        if telling.post not in POLICE
        for to in kept.standing(
            directory, telling.post, child, alert.clock, barred, channels=telling.channels
        )
    ]
    own = actors.known_to(writer, [to for _, to in found])
    return [
        outbox.Owed(
            alert=alert,
            step=step,
            kind=telling.kind,
            wording=telling.wording,
            recipient=to,
            urgency=clocks.urgency_of(step),
            owed_at=at,
            home_id=entered.home_id(child, alert.clock) if by_home and not to.alone else None,
            episode_id=episode.pk if episode is not None and not by_home else None,
        )
        for telling, to in found
        if to not in own
    ]
