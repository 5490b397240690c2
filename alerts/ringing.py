"""The calls to a home that nobody need make any more: asked after each step of a search, and so worded once."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts.models import DutyTask, DutyTaskAlert
from cases.models import MissingEpisode
from cases.states import EpisodeStatus
from cases.worded import worded

RINGING = (DutyTask.Kind.RING_HOME, DutyTask.Kind.FIND_PLACEMENT)


@worded
def answered(ids: Any) -> QuerySet[DutyTask, Any]:
    """Open calls about these children, each confirmed missing or said to be back, that are about no other."""
    known = MissingEpisode.objects.open().filter(
        Q(status=EpisodeStatus.MISSING)
        | Q(reported_seen_at__isnull=False)
        | Q(child_confirmed_at__isnull=False)
    )
    others = DutyTaskAlert.objects.filter(task=OuterRef("pk"), alert__status="open").exclude(
        alert__child__in=known.values("child")
    )
    tasks = DutyTask.objects.open().filter(kind__in=RINGING, items__alert__child__among=ids)
    return tasks.filter(~Exists(others)).values("pk")
