"""What of a child waits for a manager's second pair of eyes: assessments to be read, versions of the plan to be signed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from cases.models import RiskAssessment, SafetyPlan


class What(StrEnum):
    """What is to be read."""

    ASSESSMENT = "assessment"
    PLAN = "plan"


@dataclass(frozen=True)
class Waiting:
    """The latest of one kind: since when one of that kind waits, for the next puts nothing off, and who wrote the latest."""

    what: What
    child_id: int
    key: Any
    writer_id: int
    since: datetime


def unread(children: QuerySet[Any] | Iterable[int]) -> QuerySet[RiskAssessment]:
    """The assessments after the last that a manager has read, by child, the latest first."""
    read = RiskAssessment.objects.filter(child=OuterRef("child"), reading__isnull=False)
    later = read.filter(assessed_at__gt=OuterRef("assessed_at"))
    same = read.filter(assessed_at=OuterRef("assessed_at"), pk__gt=OuterRef("pk"))
    found = RiskAssessment.objects.filter(child__in=children, reading=None)
    return found.exclude(Exists(later)).exclude(Exists(same)).order_by("child", "-assessed_at", "-pk")


def unsigned(children: QuerySet[Any] | Iterable[int]) -> QuerySet[SafetyPlan]:
    """The versions after the last that a manager has signed, by child, the latest first."""
    signed = SafetyPlan.objects.filter(child=OuterRef("child"), signature__isnull=False)
    later = signed.filter(recorded_at__gt=OuterRef("recorded_at"))
    found = SafetyPlan.objects.filter(child__in=children, to_sign=True, signature=None)
    return found.exclude(Exists(later)).order_by("child", "-recorded_at", "-pk")


def of(children: QuerySet[Any] | Iterable[int]) -> list[Waiting]:
    """What waits of these children, in two queries: of each child and kind once, who waits longest first."""
    rows = [
        (What.ASSESSMENT, *row)
        for row in unread(children).values_list("child", "key", "assessed_by", "recorded_at")
    ]
    rows += [
        (What.PLAN, *row)
        for row in unsigned(children).values_list("child", "key", "written_by", "recorded_at")
    ]
    found: dict[tuple[What, int], list[tuple[Any, int, datetime]]] = defaultdict(list)
    for what, child_id, key, writer_id, at in rows:
        found[what, child_id].append((key, writer_id, at))
    waiting = [
        Waiting(what, child_id, same[0][0], same[0][1], min(at for _key, _writer, at in same))
        for (what, child_id), same in found.items()
    ]
    return sorted(waiting, key=lambda one: (one.since, one.child_id, one.what))


def writers(child_ids: Iterable[int]) -> Mapping[int, int]:
    """By child who cannot sign any of what waits: whoever wrote all of it."""
    wrote: dict[int, set[int]] = defaultdict(set)
    for one in of(set(child_ids)):
        wrote[one.child_id].add(one.writer_id)
    return {child_id: next(iter(people)) for child_id, people in wrote.items() if len(people) == 1}


def since(child_ids: Sequence[int]) -> Mapping[int, list[datetime]]:
    """By child since when versions of the plan wait."""
    found: dict[int, list[datetime]] = defaultdict(list)
    for child_id, at in unsigned(child_ids).values_list("child", "recorded_at"):
        found[child_id].append(at)
    return found
