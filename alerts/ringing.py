"""Whom a call about a silent child goes to, and the calls that nobody need make any more, which are worded once."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts.models import DutyTask, DutyTaskAlert
from cases.models import MissingEpisode, Placement
from cases.states import EpisodeStatus
from cases.worded import worded

RINGING = (DutyTask.Kind.RING_HOME, DutyTask.Kind.FIND_PLACEMENT)

# Kind, home and child of a call: of a home for all its children, else of one child.
Whom = tuple[str, int | None, int | None]


def whom(placement: Placement | None, child_id: int) -> Whom:
    """Whom to ring about a child who lives there; where it lives nowhere, where it is."""
    if placement is None:
        return DutyTask.Kind.FIND_PLACEMENT, None, child_id
    of_child = child_id if placement.home_id is None else None
    return DutyTask.Kind.RING_HOME, placement.home_id, of_child


def is_to(task: DutyTask, placement: Placement | None, child_id: int) -> bool:
    """Whether this call goes to where the child lives."""
    return (task.kind, task.home_id, task.child_id) == whom(placement, child_id)


def to_make_or_made() -> Q:
    """Of what the calls to homes are about: those to be made, and those that somebody made, be it that nobody was reached."""
    return Q(task__kind__in=RINGING, task__message=None) & (
        Q(task__done_at=None) | Q(task__done_by__isnull=False)
    )


def known() -> QuerySet[MissingEpisode]:
    """The open episodes of whom no home need be asked: confirmed missing, or said to be back."""
    return MissingEpisode.objects.open().filter(
        Q(status=EpisodeStatus.MISSING)
        | Q(reported_seen_at__isnull=False)
        | Q(child_confirmed_at__isnull=False)
    )


@worded
def answered(ids: Any) -> QuerySet[DutyTask, Any]:
    """Open calls about these children, each confirmed missing or said to be back, that are about no other."""
    others = DutyTaskAlert.objects.filter(task=OuterRef("pk"), alert__status="open").exclude(
        alert__child__in=known().values("child")
    )
    tasks = DutyTask.objects.open().filter(kind__in=RINGING, items__alert__child__among=ids)
    return tasks.filter(~Exists(others)).values("pk")
