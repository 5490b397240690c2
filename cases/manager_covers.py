"""The verbs of cover for a manager's post: ask another manager, accept or decline, end it sooner."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from cases import log, worker_leaves
from cases.models import ManagerCover, Membership, Role, User, WorkerLeave
from cases.moves import isolated
from cases.states import IllegalMove


def ask(leave: WorkerLeave, post: Membership, colleague: User, *, by: User, at: datetime) -> ManagerCover:
    """Ask `colleague`, a manager of the same authority, to stand in this post from the leave's first day to its end.

    Raises IllegalMove for whoever asks themself, for leave or a post that is over, and for a colleague who is away in
    that time or was asked already.
    """
    if colleague.pk == by.pk:
        raise IllegalMove("You cannot ask yourself: another person asks you.")
    with transaction.atomic():
        worker_leaves.wait_for(leave.worker)
        standing = WorkerLeave.objects.standing(at).filter(pk=leave.pk).first()
        if standing is None:
            raise IllegalMove("This leave is over already.")
        held = Membership.objects.current(at).filter(
            pk=post.pk, user=standing.worker_id, role=Role.TEAM_MANAGER
        )
        if not held.exists():
            raise IllegalMove("This post is no longer theirs.")
        _require_able(post, standing, colleague, at)
        again = ManagerCover.objects.open(at).filter(membership=post, leave=standing, covered_by=colleague)
        if again.exists():
            raise IllegalMove("%(name)s is asked for that time already.", name=isolated(colleague.name))
        cover = ManagerCover.objects.create(
            membership=post,
            leave=standing,
            covered_by=colleague,
            starts_at=max(standing.starts_at, at),
            asked_at=at,
            asked_by=by,
        )
        _record(cover, "manager_cover_asked", by=by, at=at)
    return cover


def answer(
    asked: Sequence[ManagerCover], *, accepted: bool, reason: str = "", by: User, at: datetime
) -> list[ManagerCover]:
    """Accept, or decline with a reason: only the colleague who was asked may, and only what waits for an answer.

    Raises IllegalMove otherwise, where whoever accepts is away in that time, and where somebody else has accepted.
    """
    if not accepted and not reason.strip():
        raise IllegalMove("Enter why you cannot cover.")
    with transaction.atomic():
        worker_leaves.wait_for(by)
        # Two who accept one post at the same moment take turns, and the second hears of the first.
        leaves = WorkerLeave.objects.select_for_update(no_key=True).order_by("pk")
        list(leaves.filter(pk__in=[one.leave_id for one in asked]))
        rows = ManagerCover.objects.asked_of(by, at).filter(pk__in=[one.pk for one in asked])
        locked = rows.select_for_update(no_key=True, of=("self",))
        covers = list(locked.select_related("membership__team", "leave").order_by("pk"))
        if len(covers) != len(asked) or not covers:
            raise IllegalMove("This cover waits for no answer of yours.")
        for cover in covers:
            if accepted:
                cover.starts_at = max(cover.starts_at, at)
                _require_able(cover.membership, cover.leave, by, at)
                _require_alone(cover)
            cover.accepted, cover.answered_at, cover.reason = accepted, at, reason.strip()
            cover.save(update_fields=["accepted", "answered_at", "reason", "starts_at"])
            _record(cover, "manager_cover_answered", by=by, at=at)
    return covers


def end(cover: ManagerCover, *, reason: str, by: User, at: datetime) -> ManagerCover:
    """End cover sooner than the leave, or take back one that waits or has not begun: from now on it opens nothing."""
    with transaction.atomic():
        rows = ManagerCover.objects.select_for_update(no_key=True, of=("self",))
        cover = rows.select_related("covered_by", "leave").get(pk=cover.pk)
        worker_leaves.end_cover(cover, at)
        _record(cover, "manager_cover_ended", by=by, at=at, reason=reason)
    return cover


def colleagues(posts: Sequence[Membership], *, without: Sequence[int], at: datetime) -> list[User]:
    """Who may be asked: the managers of the authorities of these posts."""
    authorities = {one.team.authority_id for one in posts if one.team is not None}
    held = Membership.objects.current(at).filter(role=Role.TEAM_MANAGER, team__authority__in=authorities)
    rows = held.exclude(user__in=without).select_related("user").order_by("user__name", "user")
    return list({one.user_id: one.user for one in rows}.values())


def _require_able(post: Membership, leave: WorkerLeave, colleague: User, at: datetime) -> None:
    names = {"name": isolated(colleague.name)}
    held = Membership.objects.current(at).filter(user=colleague, role=Role.TEAM_MANAGER)
    here = held.filter(team__authority__teams=post.team_id)
    if colleague.pk == leave.worker_id or not here.exists():
        raise IllegalMove("%(name)s is no other manager of this authority.", **names)
    worker_leaves.require_there(colleague, leave, at)


def _require_alone(cover: ManagerCover) -> None:
    beside = ManagerCover.objects.accepted().filter(membership=cover.membership_id, leave=cover.leave_id)
    if beside.exclude(ends_at__lte=cover.starts_at).exists():
        raise IllegalMove("Somebody else has accepted to cover already.")


def _record(cover: ManagerCover, kind: str, *, by: User, at: datetime, reason: str = "") -> None:
    data = {
        "post": cover.membership_id,
        "colleague": cover.covered_by_id,
        "from": cover.starts_at.isoformat(),
        "accepted": cover.accepted,
        "reason": reason or cover.reason,
    }
    log.record_configuration(cover, kind, data=data, by=by, at=at)
