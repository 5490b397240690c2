"""The calls to a home follow the child: who is moved while it is rung for is asked for where it lives now.

The message of a rung is looked at again before it is sent; a call is not, and a desk that rings the home that the child
has left is told by an honest carer that the child is not there.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from alerts import clocks, duty_tasks, outbox, recipients, ringing, tellings
from alerts.escalations import kept
from alerts.models import Alert, AlertStep, DutyTask, DutyTaskAlert, MessageItem, MessageKind
from alerts.recipients import Post
from alerts.ringing import RINGING
from alerts.schedule import Step
from cases import facts
from cases.in_charge import authorities

# The events by which a child comes to live elsewhere, or nowhere.
BEGUN = "placement_started"
MOVES = (BEGUN, "placement_ended")
MOVED = "The child lives elsewhere now"


def follow(child_ids: Collection[int], *, kind: str, at: datetime) -> None:
    """Open calls about these locked children go to the home of now, untaken, and it hears what the other was told."""
    if kind not in MOVES or not _items(child_ids):
        return
    _hold(dict(authorities(child_ids, at)).values())
    loaded = facts.load(child_ids)
    items = _items(child_ids)
    astray = [item for item in items if _is_astray(item, loaded, kind)]
    # A call that reached nobody elsewhere is one no more; where one was made or is to be made here, that one counts.
    here = {item.alert_id for item in items if item not in astray}
    wanted = [item for item in astray if item.task.done_at is None or item.alert_id not in here]
    if not wanted:
        return
    directory = recipients.directory(list(loaded.values()), at=at)
    asked = [_wanted(item, loaded, directory) for item in wanted]
    for task in dict.fromkeys(item.task for item in astray if item.task.done_at is None):
        _leave(task, [item for item in astray if item.task_id == task.pk], at)
    duty_tasks.open_many(asked, at=at)
    outbox.enqueue(_told([item.alert for item in wanted], loaded, directory, at), at=at)


def _items(child_ids: Collection[int]) -> list[DutyTaskAlert]:
    """The calls to homes about alerts of these children, to be made and made; none of whom the home can tell no more."""
    open_or_made = ringing.to_make_or_made()
    items = DutyTaskAlert.objects.filter(open_or_made, alert__status="open", alert__child__in=child_ids)
    items = items.exclude(alert__child__in=ringing.known().values("child"))
    return list(items.select_related("task", "alert__clock").order_by("task", "pk"))


def _hold(authority_ids: Collection[int]) -> None:
    """Lock the calls to homes as `open_many` does: what a sweep adds to one just now is seen before it is closed."""
    standing = DutyTask.objects.open().filter(
        message=None, authority__in=set(authority_ids), kind__in=RINGING
    )
    list(standing.select_for_update().order_by("pk").values_list("pk", flat=True))


def _is_astray(item: DutyTaskAlert, loaded: dict[int, facts.ChildFacts], kind: str) -> bool:
    child_id = item.alert.child_id
    placement = loaded[child_id].placement
    of_address = placement is not None and placement.home_id is None
    # Of one address after another the call reads alike.
    return (of_address and kind == BEGUN) or not ringing.is_to(item.task, placement, child_id)


def _wanted(
    item: DutyTaskAlert, loaded: dict[int, facts.ChildFacts], directory: recipients.Directory
) -> duty_tasks.Wanted:
    child_id = item.alert.child_id
    kind, home_id, of_child = ringing.whom(loaded[child_id].placement, child_id)
    return duty_tasks.Wanted(
        kind=kind,
        authority_id=directory.authority[child_id],
        alert=item.alert,
        urgency=item.task.urgency,
        home_id=home_id,
        child_id=of_child,
        step=item.task.step,
        # What somebody took waits for nobody at the home of now.
        waits_until=item.task.next_at if item.task.taken_at is None else None,
    )


def _leave(task: DutyTask, items: Sequence[DutyTaskAlert], at: datetime) -> None:
    """The call that was to be made is about these no more; about nobody else it is closed."""
    ours = [item.pk for item in items]
    if task.items.exclude(pk__in=ours).filter(alert__status="open").exists():
        DutyTaskAlert.objects.filter(pk__in=ours).delete()
    else:
        DutyTask.objects.filter(pk=task.pk).update(done_at=at, answer=MOVED, next_at=None)


def _told(
    alerts: Sequence[Alert],
    loaded: dict[int, facts.ChildFacts],
    directory: recipients.Directory,
    at: datetime,
) -> list[outbox.Owed]:
    """What the home of now hears of the first rung, where that has climbed, and once."""
    climbed = AlertStep.objects.filter(alert__in=alerts, step=Step.R0).values_list("alert", flat=True)
    alerts = [alert for alert in dict.fromkeys(alerts) if alert.pk in set(climbed)]
    items = MessageItem.objects.filter(alert__in=alerts, step=Step.R0, kind=MessageKind.ALERT)
    heard = set(items.values_list("alert", "recipient"))
    barred = kept.of_alerts(alerts, at=at)
    owed = []
    for alert in alerts:
        child = loaded[alert.child_id]
        for telling in tellings.plan(alert.clock.kind, Step.R0, alert.clock.duty).tellings:
            if telling.post != Post.HOME or child.placement is None:
                continue
            found = kept.standing(directory, Post.HOME, child, alert.clock, barred, channels=telling.channels)
            owed += [
                outbox.Owed(
                    alert=alert,
                    step=Step.R0,
                    kind=telling.kind,
                    wording=telling.wording,
                    recipient=one,
                    urgency=clocks.urgency_of(Step.R0),
                    owed_at=at,
                    home_id=child.placement.home_id,
                )
                for one in found
                if (alert.pk, one.key) not in heard
            ]
    return owed
