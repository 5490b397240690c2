"""The verb of responsibility: exactly one authority from one start to the next."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from cases import log, reviewing_officers, worker_leaves
from cases.models import Allocation, Authority, Child, Responsibility, Team, Transfer, User
from cases.models.periods import not_over
from cases.moves import require_open
from cases.states import IllegalMove


def responsible_authority(child: Child, *, at: datetime) -> Authority:
    """The authority responsible for `child` at `at`; a registered child always has one.

    Before a verb that changes something `standing_authority` is to be asked.
    """
    latest = Responsibility.objects.filter(child=child, starts_at__lte=at).select_related("authority").first()
    if latest is None:
        raise IllegalMove("This child was not registered yet at that time.")
    return latest.authority


def standing_authority(child: Child, *, at: datetime) -> Authority:
    """The authority responsible for a child whom the caller has locked; raises `IllegalMove` where it began after `at`.

    Whoever waited for the lock read the clock before somebody else passed the child on.
    """
    latest = Responsibility.objects.filter(child=child).select_related("authority").first()
    if latest is not None and latest.starts_at > at:
        raise IllegalMove(
            "%(authority)s has become responsible meanwhile. Open the page anew.",
            authority=latest.authority.said_name,
        )
    return responsible_authority(child, at=at) if latest is None else latest.authority


def end_work(children: Collection[Child], *, at: datetime) -> None:
    """End what stands of the work of these locked children at `at`; raises `IllegalMove` where some was given since then."""
    given = Allocation.objects.filter(child__in=children)
    since = given.filter(not_over(at)).exclude(ends_at=None, starts_at__lt=at)
    if since.exists():
        raise IllegalMove("This was given to somebody meanwhile. Open the page anew.")
    given.filter(ends_at=None).update(ends_at=at)


def start(
    child: Child,
    *,
    authority: Authority,
    arrived_at: datetime | None = None,
    work_of: tuple[Team, User | None] | None = None,
    by: User,
    at: datetime,
) -> Responsibility:
    """Make `authority` responsible from `at` on, never backdated: the arrival is kept beside the start.

    The work of the team before ends with its authority's responsibility, and so does the reviewing officer's; `work_of`
    names the team and, where there is one, the social worker who have it from the same instant on, so that there is none
    at which it is nobody's.
    """
    if arrived_at is not None and arrived_at > at:
        raise IllegalMove("The arrival must be now or in the past.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        latest = Responsibility.objects.filter(child=child).first()
        if latest is not None and latest.authority_id == authority.pk:
            raise IllegalMove("%(authority)s is responsible already.", authority=authority.said_name)
        if latest is not None and latest.starts_at >= at:
            raise IllegalMove("Responsibility cannot start before the start that stands.")
        if Transfer.objects.open().filter(child=child).exists():
            raise IllegalMove(
                "A transfer of this child is open: it passes on by its arrival, or is withdrawn first."
            )
        row = Responsibility.objects.create(
            child=child, authority=authority, starts_at=at, arrived_at=arrived_at, recorded_by=by
        )
        end_work([child], at=at)
        allocation = None
        if work_of is not None:
            team, worker = work_of
            worker_leaves.wait_for(worker)
            allocation = Allocation.objects.create(child=child, team=team, worker=worker, starts_at=at)
        log.record(
            child,
            "responsibility_started",
            subject=row,
            data={"from": latest.authority.code if latest else None, "to": authority.code},
            by=by,
            at=at,
        )
        reviewing_officers.pass_on(child, by=by, at=at)
        if allocation is not None and work_of is not None:
            given = work_of[1].pk if work_of[1] is not None else None
            data = {"team": work_of[0].name, "worker": given}
            log.record(child, "allocated", subject=allocation, data=data, by=by, at=at)
    return row
