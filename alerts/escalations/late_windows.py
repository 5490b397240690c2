"""The manager hears once of a child whose windows are late again and again; no rung waits for it, and none is held back."""

from collections.abc import Collection, Sequence
from datetime import datetime

from alerts import clocks, lateness, outbox, watching
from alerts.escalations.dues import Due, alert_of
from alerts.lateness import Stretch
from alerts.models import Channel, Clock, MessageItem, MessageKind
from alerts.recipients import Directory, Post
from alerts.schedule import Step
from cases import hand_overs

STEP = "late_windows"
WORDING = "manager_late_windows"


def notices(climbed: Sequence[tuple[Due, str]], directory: Directory, *, at: datetime) -> list[outbox.Owed]:
    """Owe the manager one mail for each child of whom a window has come to the desk as the third in 24 hours."""
    late = {
        due.child.pk: due
        for due, step in climbed
        if due.clock.kind == Clock.Kind.CONTACT
        and step == Step.R1
        and not (due.not_here or due.watched.demo)
        and _is_late(due, (), at)
    }
    # Few come so far: of these alone it is read when they were on a journey, which is no lateness of the home's.
    ways = hand_overs.ways(late, since=at - lateness.WITHIN - lateness.LONGEST)
    late = {child_id: due for child_id, due in late.items() if _is_late(due, ways.get(child_id, ()), at)}
    if not late:
        return []
    told = set(
        MessageItem.objects.filter(
            step=STEP, alert__child__in=late, message__created_at__gt=at - lateness.WITHIN
        ).values_list("alert__child", flat=True)
    )
    return [
        outbox.Owed(
            alert=alert_of(due),
            step=STEP,
            kind=MessageKind.ALERT,
            wording=WORDING,
            recipient=recipient,
            urgency=clocks.urgency_of(Step.R1),
            owed_at=at,
        )
        for child_id, due in late.items()
        if child_id not in told
        for recipient in directory.resolve(Post.MANAGER, due.watched.child, (Channel.MAIL,))
    ]


def _is_late(due: Due, on_the_way: Collection[Stretch], at: datetime) -> bool:
    facts = watching.pure_facts(due.watched)
    return len(lateness.late_windows(facts, now=at, on_the_way=on_the_way)) >= lateness.MANY
