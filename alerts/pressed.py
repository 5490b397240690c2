"""“I am on this” of somebody who may not answer for the child any more holds the fail-safe no longer."""

from collections.abc import Collection
from datetime import datetime

from alerts.models import Alert, DutyTask
from alerts.schedule import Step
from cases import access, log
from cases.access import Permission

LET_GO = "duty_off_it"
# Whether the fail-safe of any of these children is held.
HELD = (
    "held fail-safe",
    "alerts_alert WHERE child_id = ANY (%(ids)s) AND status = 'open' AND on_it_at IS NOT NULL",
)


def let_go(child_ids: Collection[int], *, at: datetime) -> None:
    """Of these locked children: whoever pressed it has gone, or the child is kept from them since.

    The fail-safe is owed at its own time again, another may press it, and the second person is rung about the call to the
    police that they had taken. Nobody did this: a mark announces itself to nobody.
    """
    held = Alert.objects.open().filter(child__in=child_ids, on_it_by__isnull=False)
    held = held.exclude(climbed__step=Step.FAIL_SAFE).select_related("on_it_by", "child")
    for alert in held.order_by("pk"):
        person = alert.on_it_by
        if person is None or access.may(person, alert.child, Permission.VERIFY_POLICE, at=at):
            continue
        alert.on_it_at = alert.on_it_by = None
        alert.save(update_fields=["on_it_at", "on_it_by"])
        calls = DutyTask.objects.open().filter(episode=alert.episode_id, kind=DutyTask.Kind.RING_POLICE)
        calls.filter(taken_by=person).update(taken_at=None, taken_by=None, next_at=at)
        log.record_many([log.Entry(child_id=alert.child_id, kind=LET_GO, subject=alert)], at=at)
