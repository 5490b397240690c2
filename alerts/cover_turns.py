"""What whoever covers a manager's post has promised: its clocks follow when the cover begins, lapses and is over."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from alerts import action_holders
from alerts.models import Clock
from alerts.paperwork import Paper
from cases import facts
from cases.models import Child, ManagerCover, Membership, PlanAction, Role, WorkerLeave
from cases.models.plans import OwnerKind
from cases.signals import children_changed

# How far back a beginning or an end is looked for: longer than anything that looks for it is ever out.
LATELY = timedelta(days=1)


def recount(*, now: datetime) -> int:
    """Have the clocks counted anew of children of whom somebody has promised something who began or ceased to cover.

    Cover lapses while whoever covers is away, and without a role of theirs as a manager. Nothing else is written of a child
    by that. Return of how many an owner is asked for, or asked for no more.
    """
    since = now - LATELY
    turned = Q(starts_at__gt=since)
    for end in ("ends_at", "leave__ends_at", "membership__ends_at"):
        turned |= Q(**{f"{end}__gt": since, f"{end}__lte": now})
    away = WorkerLeave.objects.turned(since, now)
    gone = Membership.objects.filter(role=Role.TEAM_MANAGER, ends_at__gt=since, ends_at__lte=now)
    for people in (away.values("worker"), gone.values("user")):
        turned |= Q(covered_by__in=people)
    covers = ManagerCover.objects.accepted().filter(turned, starts_at__lte=now)
    rows = PlanAction.objects.open().filter(owner__in=covers.values("covered_by"), child__closed_at=None)
    actions = list(rows.filter(owner_kind=OwnerKind.COUNCIL).select_related("owner_placement"))
    if not actions:
        return 0
    left = action_holders.left(actions, facts.load({one.child_id for one in actions}), at=now)
    duties = {one.pk: f"{Paper.UNOWNED}:{one.pk}" for one in actions}
    standing = Clock.objects.filter(duty__in=duties.values(), due_at__isnull=False)
    asked = set(standing.values_list("duty", flat=True))
    turned_to = {one.child_id for one in actions if (one.pk in left) != (duties[one.pk] in asked)}
    with transaction.atomic():
        locked = Child.objects.locked().filter(pk__in=turned_to).order_by("pk")
        ids = tuple(locked.values_list("pk", flat=True))
        if ids:
            children_changed.send(sender=None, ids=ids, at=now)
    return len(ids)
