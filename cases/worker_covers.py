"""The verbs of cover for a social worker: ask a colleague, accept or decline, end it sooner; access follows the facts."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from cases import barred, log, worker_leaves
from cases.asking import Asked, Refused
from cases.models import (
    Allocation,
    Child,
    KeepFrom,
    Membership,
    Role,
    User,
    WorkerCover,
    WorkerLeave,
)
from cases.moves import isolated, require_open
from cases.states import IllegalMove


def ask(
    leave: WorkerLeave, allocations: Sequence[Allocation], colleague: User, *, by: User, at: datetime
) -> Asked[WorkerCover]:
    """Ask `colleague` to have the work of these children from the leave's first day, now at the earliest, to its end.

    A child whose colleague is no social worker of its authority, is away in that time, may not read the record, or was
    asked already is refused, and the others are asked for. Raises NobodyAsked where that leaves none, and IllegalMove
    for whoever asks themself and for leave that is over.
    """
    if colleague.pk == by.pk:
        raise IllegalMove("You cannot ask yourself: another person asks you.")
    asked = Asked[WorkerCover]()
    with transaction.atomic():
        children = _locked(one.child_id for one in allocations)
        standing = WorkerLeave.objects.standing(at).filter(pk=leave.pk).first()
        if standing is None:
            raise IllegalMove("This leave is over already.")
        rows = Allocation.objects.current(at).filter(pk__in=[one.pk for one in allocations])
        held = rows.filter(worker=standing.worker_id).select_related("team").in_bulk()
        for one in sorted(allocations, key=lambda row: row.child_id):
            child = children[one.child_id]
            try:
                require_open(child.closed_at)
                if one.pk not in held:
                    raise IllegalMove("The work of this child is no longer theirs.")
                _require_able(held[one.pk], standing, colleague, at)
                _require_unasked(held[one.pk], standing, colleague)
            except IllegalMove as why:
                asked.refused.append(Refused(child, why))
                continue
            asked.covers.append(_asked(one, standing, colleague, by=by, at=at))
        asked.require_somebody()
        _note(standing, "worker_cover_asked", colleague, by=by, at=at)
    return asked


def _note(leave: WorkerLeave, kind: str, colleague: User, *, by: User, at: datetime) -> None:
    """Once for all children of one asking, on the record of the settings: whom it concerns hears of it by that."""
    log.record_configuration(leave, kind, data={"colleague": colleague.pk}, by=by, at=at)


def _asked(
    allocation: Allocation, leave: WorkerLeave, colleague: User, *, by: User, at: datetime
) -> WorkerCover:
    cover = WorkerCover.objects.create(
        child_id=allocation.child_id,
        allocation=allocation,
        leave=leave,
        covered_by=colleague,
        starts_at=max(leave.starts_at, at),
        asked_at=at,
        asked_by=by,
    )
    data = {"colleague": colleague.pk, "from": cover.starts_at.isoformat()}
    log.record(allocation.child, "worker_cover_asked", subject=cover, data=data, by=by, at=at)
    return cover


def answer(
    asked: Sequence[WorkerCover], *, accepted: bool, reason: str = "", by: User, at: datetime
) -> list[WorkerCover]:
    """Accept, or decline with a reason: only the colleague who was asked may, and only what waits for an answer.

    Raises IllegalMove otherwise, in a closed case, where whoever accepts was the one who asked, and where somebody
    else has accepted meanwhile.
    """
    if not accepted and not reason.strip():
        raise IllegalMove("Enter why you cannot cover.")
    with transaction.atomic():
        children = _locked(one.child_id for one in asked)
        worker_leaves.wait_for(by)
        rows = WorkerCover.objects.asked_of(by, at).filter(pk__in=[one.pk for one in asked])
        covers = list(rows.select_related("allocation__team", "leave").order_by("child"))
        if len(covers) != len(asked) or not covers:
            raise IllegalMove("This cover waits for no answer of yours.")
        for cover in covers:
            child = children[cover.child_id]
            require_open(child.closed_at)
            if accepted:
                if cover.asked_by_id == by.pk:
                    raise IllegalMove("You asked for this cover yourself: another person has to accept.")
                cover.starts_at = max(cover.starts_at, at)
                _require_able(cover.allocation, cover.leave, by, at)
                _require_alone(cover)
            cover.accepted, cover.answered_at, cover.reason = accepted, at, reason.strip()
            cover.save(update_fields=["accepted", "answered_at", "reason", "starts_at"])
            data = {"colleague": by.pk, "accepted": accepted, "reason": cover.reason}
            log.record(child, "worker_cover_answered", subject=cover, data=data, by=by, at=at)
        for leave in {cover.leave_id: cover.leave for cover in covers if accepted}.values():
            _note(leave, "worker_cover_accepted", by, by=by, at=at)
    return covers


def end(cover: WorkerCover, *, reason: str, by: User, at: datetime) -> WorkerCover:
    """End cover sooner than the leave, or take back one that waits or has not begun: from now on it opens nothing."""
    with transaction.atomic():
        child = _locked([cover.child_id])[cover.child_id]
        cover = WorkerCover.objects.select_related("covered_by", "leave").get(pk=cover.pk)
        worker_leaves.end_cover(cover, at)
        data = {"colleague": cover.covered_by_id, "reason": reason}
        log.record(child, "worker_cover_ended", subject=cover, data=data, by=by, at=at)
    return cover


def colleagues(allocations: Sequence[Allocation], *, without: Sequence[int], at: datetime) -> list[User]:
    """Who may be asked: the social workers of the authorities whose children these are, those of the teams first."""
    teams = {one.team_id for one in allocations}
    authorities = {one.team.authority_id for one in allocations}
    held = Membership.objects.current(at).filter(role=Role.SOCIAL_WORKER, team__authority__in=authorities)
    rows = held.filter(user__is_active=True).exclude(user__in=without).select_related("user")
    ordered = sorted(rows, key=lambda one: (one.team_id not in teams, one.user.name, one.user_id))
    return list({one.user_id: one.user for one in ordered}.values())


def _require_able(allocation: Allocation, leave: WorkerLeave, colleague: User, at: datetime) -> None:
    """Whoever covers reads what the social worker reads: it is somebody to whom the record is open all that time."""
    names = {"name": isolated(colleague.name)}
    held = Membership.objects.current(at).filter(user=colleague, role=Role.SOCIAL_WORKER)
    here = held.filter(team__authority=allocation.team.authority_id, user__is_active=True)
    if colleague.pk == leave.worker_id or not here.exists():
        raise IllegalMove("%(name)s is no other social worker of this authority.", **names)
    worker_leaves.require_there(colleague, leave, at)
    # One word for both: a mark is not told to whoever may not know of it.
    kept = KeepFrom.objects.current(at).filter(user=colleague, child=allocation.child_id)
    named = barred.named_for([allocation.child_id], at).get(allocation.child_id)
    if kept.exists() or (named is not None and colleague.pk not in named):
        raise IllegalMove("%(name)s cannot cover for this child. Ask somebody else.", **names)


def _require_unasked(allocation: Allocation, leave: WorkerLeave, colleague: User) -> None:
    again = WorkerCover.objects.filter(
        allocation=allocation, leave=leave, covered_by=colleague, called_off_at=None, ends_at=None
    )
    if again.exclude(accepted=False).exists():
        raise IllegalMove(
            "%(name)s is asked to cover for this child in that time already.", name=isolated(colleague.name)
        )


def _require_alone(cover: WorkerCover) -> None:
    beside = WorkerCover.objects.accepted().filter(allocation=cover.allocation_id, leave=cover.leave_id)
    if beside.exclude(ends_at__lte=cover.starts_at).exists():
        raise IllegalMove("Somebody else has accepted to cover for this child already.")


def _locked(child_ids: Iterable[int]) -> dict[int, Child]:
    """Lock these children in the order in which everybody locks them."""
    return {child.pk: child for child in Child.objects.locked().filter(pk__in=set(child_ids)).order_by("pk")}
