"""The demo's child whose social worker is on leave, and the colleague who covers; invented like all else."""

from datetime import datetime, timedelta

from cases import people, worker_covers, worker_leaves
from cases.models import Allocation, Child, Membership, Role, Team, User, WorkerLeave

LASTS = timedelta(days=14)


def begin(child: Child, away: User, *, colleague: User, manager: User, at: datetime) -> None:
    """Let the worker of one child be on leave from now on, and let `colleague` cover: the child is without nobody."""
    # Of the story before: it would say that the leave was on record already.
    for leave in WorkerLeave.objects.filter(worker=away, called_off_at=None, ends_at__gt=at):
        worker_leaves.end(leave, by=manager, at=at)
    leave = worker_leaves.announce(
        away, kind=WorkerLeave.Kind.LEAVE, starts_at=at, ends_at=at + LASTS, by=away, at=at
    )
    held = list(Allocation.objects.current(at).filter(child=child, worker=away))
    asked = worker_covers.ask(leave, held, colleague, by=manager, at=at)
    worker_covers.answer(asked.covers, accepted=True, by=colleague, at=at)


def absent_worker(team: Team, at: datetime) -> User:
    """A colleague of the team with whom nobody signs in, made once."""
    away, _ = User.objects.get_or_create(
        email="on-leave@northmere.example",
        defaults={"name": "Elowen Garth", "phone": "01632 960115", "joined_at": at, "has_digest": False},
    )
    if not Membership.objects.current(at).filter(user=away).exists():
        people.join(away, Role.SOCIAL_WORKER, team=team, at=at - timedelta(days=1))
    return away
