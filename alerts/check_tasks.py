"""Building checks on the screens: what a home owes and has done, and which homes a duty desk is to ring about one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.http import Http404

from alerts.models import DutyTask, HomeAlert, HomeClock
from cases import access
from cases.models import BuildingCheck, Home, KeepFrom, Placement, User

# The home's page shows the checks of the last week.
SHOWN = timedelta(days=7)


@dataclass(frozen=True)
class NextCheck:
    """The check that is asked for now, or the next one."""

    opens_at: datetime
    due_at: datetime
    is_open: bool


@dataclass(frozen=True)
class Week:
    """The checks of a home's last week, withdrawn ones too, and the windows that nobody was in time for."""

    checks: list[BuildingCheck]
    late: list[HomeAlert]


def next_of(home: Home, *, now: datetime) -> NextCheck | None:
    """What this home owes; None where nobody is new there."""
    clock = HomeClock.objects.filter(home=home, due_at__isnull=False).exclude(lapses_at__lte=now).first()
    if clock is None or clock.opens_at is None or clock.due_at is None:
        return None
    return NextCheck(clock.opens_at, clock.due_at, is_open=clock.opens_at <= now)


def week_of(home: Home, *, now: datetime) -> Week:
    made = BuildingCheck.objects.filter(home=home).happened_since(now - SHOWN)
    late = HomeAlert.objects.filter(home=home, due_at__gt=now - SHOWN).order_by("-due_at", "-round")
    return Week(list(made.select_related("recorded_by", "withdrawn_by")), list(late))


def open_of(user: User, authorities: Collection[int], *, now: datetime) -> list[DutyTask]:
    """The homes to ring about a check, and the texts about one that failed; they name no child."""
    tasks = _about(user, authorities, now).filter(done_at=None)
    related = ("home", "home_alert", "taken_by", "done_by", "message__mailbox", "message__user")
    return list(tasks.select_related(*related).order_by("taken_at", "opened_at", "pk"))


def get_task(user: User, task_id: int, *, at: datetime) -> DutyTask:
    """Return a task about a building check of a desk that `user` works on, or 404."""
    authorities = access.duty_authorities(user, at=at)
    rows = _about(user, authorities, at)
    task = rows.select_related("home", "home_alert__home", "taken_by", "done_by").filter(pk=task_id).first()
    if task is None:
        raise Http404
    return task


def _about(user: User, authorities: Collection[int], at: datetime) -> QuerySet[DutyTask]:
    """Less the homes of children whom the reader is kept from: a home to ring says that somebody new lives there."""
    kept = KeepFrom.objects.current(at).filter(user=user).values("child")
    theirs = Placement.objects.current(at).filter(child__in=kept, home__isnull=False).values("home")
    return DutyTask.objects.filter(authority__in=authorities, home_alert__isnull=False).exclude(
        home__in=theirs
    )
