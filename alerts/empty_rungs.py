"""One task for the children of whom nobody stands on a rung that wakes nobody and is due at one instant (docs/adr/0219)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from alerts.duty_tasks import Wanted
from alerts.models import DutyTask


def together(wanted: Sequence[Wanted]) -> list[Wanted]:
    """What is wanted, that of several children on one empty rung as one task about none of them alone."""
    children: dict[tuple[int, str], set[int | None]] = defaultdict(set)
    for one in wanted:
        if _is_of_child_by_day(one):
            children[one.authority_id, one.step].add(one.child_id)
    return [
        replace(one, child_id=None)
        if _is_of_child_by_day(one) and len(children[one.authority_id, one.step]) > 1
        else one
        for one in wanted
    ]


def _is_of_child_by_day(one: Wanted) -> bool:
    """Whether it wakes nobody; a house is one task already, and a search is a child's own."""
    return one.kind == DutyTask.Kind.NOBODY_TO_TELL and one.by_day and one.child_id is not None
