"""The verbs of a social worker or a manager who is not there: leave, sickness that may have no end, and that they are back."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from cases import log
from cases.models import Allocation, Child, ManagerCover, Membership, Role, User, WorkerCover, WorkerLeave
from cases.moves import isolated
from cases.states import IllegalMove

_NEVER = datetime.max.replace(tzinfo=UTC)


def announce(
    worker: User, *, kind: str, starts_at: datetime, ends_at: datetime | None, by: User, at: datetime
) -> WorkerLeave:
    """Say that a social worker is not there from `starts_at`, now at the earliest, until `ends_at`: each child is told of.

    Raises IllegalMove for leave without an end, for one that is over before it begins, and beside what is on record for
    the same time. Sickness may have no end yet, and stands beside leave: it may well outlast it.
    """
    starts_at = max(starts_at, at)
    if ends_at is None and kind != WorkerLeave.Kind.SICKNESS:
        raise IllegalMove("Enter the last day of the leave.")
    if ends_at is not None and ends_at <= starts_at:
        raise IllegalMove("The last day must not be before the first.")
    with transaction.atomic():
        children = _locked_with(worker, at)
        beside = WorkerLeave.objects.filter(worker=worker, called_off_at=None).exclude(ends_at__lte=starts_at)
        if ends_at is not None:
            beside = beside.filter(starts_at__lt=ends_at)
        if kind == WorkerLeave.Kind.SICKNESS:
            beside = beside.filter(kind=kind)
        if beside.exists():
            raise IllegalMove("Leave is on record for a part of this time already.")
        leave = WorkerLeave.objects.create(
            worker=worker, kind=kind, starts_at=starts_at, ends_at=ends_at, recorded_at=at, recorded_by=by
        )
        _tell(children, "worker_leave_announced", leave, by=by, at=at)
    return leave


def end(leave: WorkerLeave, *, by: User, at: datetime) -> WorkerLeave:
    """Say that a social worker is back, or does not go: what others cover for them is over from now on."""
    with transaction.atomic():
        # A child may have another worker since, and its cover for a leave that never came is over even so.
        planned = leave.covers.exclude(accepted=False).filter(called_off_at=None)
        children = _locked_in_order(
            _of(leave.worker, at) | Child.objects.filter(pk__in=planned.values("child"))
        )
        leave = _locked(leave, at)
        if leave.starts_at < at:
            leave.ends_at = at
        else:
            leave.called_off_at = at
            planned.filter(child__in=children).update(called_off_at=at)
            posts = leave.manager_covers.exclude(accepted=False).filter(called_off_at=None)
            posts.update(called_off_at=at)
        leave.save(update_fields=["ends_at", "called_off_at"])
        _tell(children, "worker_leave_ended", leave, by=by, at=at)
    return leave


def look_again(leave: WorkerLeave, *, ends_at: datetime | None, by: User, at: datetime) -> WorkerLeave:
    """Record that a manager asked whether somebody who is sick comes back, and until when they are away if it is known.

    Raises IllegalMove for oneself, for leave that has not begun or has an end, and for an end that has passed.
    """
    if leave.worker_id == by.pk:
        raise IllegalMove("Whether you come back is looked at by your manager.")
    if ends_at is not None and ends_at <= at:
        raise IllegalMove("The last day must not be before today. Are they back? Then end it.")
    with transaction.atomic():
        children = _children_of(leave.worker, at)
        leave = _locked(leave, at)
        if leave.ends_at is not None or leave.starts_at > at:
            raise IllegalMove("Nobody has to ask when this leave ends.")
        later = leave.worker.worker_leaves.filter(kind=leave.kind, called_off_at=None, starts_at__gt=at)
        if ends_at is not None and later.filter(starts_at__lt=ends_at).exists():
            raise IllegalMove("Leave is on record for a part of this time already.")
        leave.ends_at, leave.looked_at, leave.looked_by = ends_at, at, by
        leave.save(update_fields=["ends_at", "looked_at", "looked_by"])
        _tell(children, "worker_leave_looked_at", leave, by=by, at=at)
    return leave


def wait_for(worker: User | None) -> None:
    """Lock whoever gets the work of a child, after the child: leave that is announced meanwhile waits, or is seen.

    Without it neither would know of the other, and nobody would be told that nobody has the child.
    """
    if worker is not None:
        User.objects.select_for_update(no_key=True).get(pk=worker.pk)


def require_there(colleague: User, leave: WorkerLeave, at: datetime) -> None:
    """Raise IllegalMove for a colleague who is away in what is to come of this leave."""
    since, until = max(leave.starts_at, at), leave.ends_at or _NEVER
    away = WorkerLeave.objects.filter(worker=colleague, called_off_at=None, starts_at__lt=until)
    if away.exclude(ends_at__lte=since).exists():
        raise IllegalMove("%(name)s is away in that time.", name=isolated(colleague.name))


def end_cover(cover: WorkerCover | ManagerCover, at: datetime) -> None:
    """End locked cover now, or take back one that waits or has not begun.

    Raises IllegalMove for one that is over: by itself, with the leave, or with the work or post that is covered.
    """
    if not type(cover).objects.open(at).filter(pk=cover.pk).exists():
        raise IllegalMove("This cover has ended already.")
    if cover.accepted and cover.starts_at < at:
        cover.ends_at = at
    else:
        cover.called_off_at = at
    cover.save(update_fields=["ends_at", "called_off_at"])


def _locked_with(worker: User, at: datetime) -> list[Child]:
    """Lock the children of this worker, then the worker, as everybody does; return the children.

    Whoever has none is locked by the latter alone: the same form sent twice waits here.
    """
    while True:
        with transaction.atomic():
            children = _children_of(worker, at)
            wait_for(worker)
            if set(_of(worker, at).values_list("pk", flat=True)) <= {child.pk for child in children}:
                return children
            # Theirs since this waited for the worker: to lock it now would be out of everybody's order.
            transaction.set_rollback(True)


def _locked(leave: WorkerLeave, at: datetime) -> WorkerLeave:
    leave = WorkerLeave.objects.select_for_update(no_key=True).get(pk=leave.pk)
    if leave.called_off_at is not None or (leave.ends_at is not None and leave.ends_at <= at):
        raise IllegalMove("This leave is over already.")
    return leave


def _children_of(worker: User, at: datetime) -> list[Child]:
    """Whose work this worker has or covers or will, in open cases, locked: their clocks are counted anew."""
    return _locked_in_order(_of(worker, at))


def _locked_in_order(children: QuerySet[Child]) -> list[Child]:
    return list(children.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def _of(worker: User, at: datetime) -> QuerySet[Child]:
    # One that was given to them an instant after `at`, while this waited, is theirs too.
    own = Allocation.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), worker=worker)
    covering = worker.worker_covers.standing(at)
    ids = {*own.values_list("child", flat=True), *covering.values_list("child", flat=True)}
    return Child.objects.filter(pk__in=ids, closed_at=None)


def _tell(children: Iterable[Child], kind: str, leave: WorkerLeave, *, by: User, at: datetime) -> None:
    """On each child's record it stands that the worker is away, and not why; of a manager's post on that of the settings.

    There too stands what another person said of somebody's leave: who is away hears of it by that.
    """
    data = {
        "worker": leave.worker_id,
        "from": leave.starts_at.isoformat(),
        "until": leave.ends_at.isoformat() if leave.ends_at is not None else "",
    }
    for child in children:
        log.record(child, kind, subject=leave, data=data, by=by, at=at)
    by_another = {by.pk, leave.recorded_by_id} != {leave.worker_id}
    held = Membership.objects.current(at).filter(user=leave.worker_id, role=Role.TEAM_MANAGER)
    if by_another or held.exists():
        log.record_configuration(leave, kind, data=data, by=by, at=at)
