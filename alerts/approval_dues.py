"""The steps of approvals, and the placements that are planned, read for the clocks of some children's paper."""

from collections.abc import Mapping, Sequence
from typing import Any

from alerts.paper_facts import Ahead
from cases.facts import ChildFacts
from cases.models import PlacementApproval, PlannedPlacement, PlannedStep


def read(child_ids: Sequence[int]) -> dict[int, list[PlacementApproval]]:
    """By placement: the steps of its approval, the latest first."""
    found: dict[int, list[PlacementApproval]] = {}
    rows = PlacementApproval.objects.filter(child__among=child_ids)
    for step in rows.only("placement", "kind", "recorded_at"):
        found.setdefault(step.placement_id, []).append(step)
    return found


def of(steps: Sequence[PlacementApproval]) -> dict[str, Any]:
    """Of the steps of one placement, the latest first: whether it is settled, is asked, and was refused last."""
    if not steps:
        return {}
    refused = (step.recorded_at for step in steps if step.kind == PlacementApproval.Kind.REFUSED)
    return {
        "approved": steps[0].is_settled,
        "asked_at": steps[0].recorded_at if steps[0].kind == PlacementApproval.Kind.ASKED else None,
        "refused_at": next(refused, None),
    }


def ahead(loaded: Mapping[int, ChildFacts]) -> dict[int, Ahead]:
    """What is planned of these children, by child; what another authority planned is nobody's to do."""
    rows = PlannedPlacement.objects.open().filter(child__among=loaded.keys())
    own = [row for row in rows if _is_own(row, loaded[row.child_id])]
    if not own:
        return {}
    steps: dict[int, list[PlannedStep]] = {}
    for step in PlannedStep.objects.filter(planned__in=own).only("planned", "kind", "recorded_at"):
        steps.setdefault(step.planned_id, []).append(step)
    return {row.child_id: _ahead(row, steps.get(row.pk, ()), loaded[row.child_id]) for row in own}


def _is_own(row: PlannedPlacement, one: ChildFacts) -> bool:
    # A merger is no break: what was planned goes with the child.
    return one.handed_over_since is None or row.recorded_at >= one.handed_over_since


def _ahead(row: PlannedPlacement, steps: Sequence[PlannedStep], one: ChildFacts) -> Ahead:
    put = [step for step in steps if step.kind != PlannedStep.Kind.TOLD]
    asked = bool(put) and put[0].kind == PlannedStep.Kind.ASKED
    return Ahead(
        row.planned_date,
        row.recorded_at,
        hosted=bool(one.authority_id) and row.authority_id not in {one.authority_id, *one.predecessors},
        told=len(put) < len(steps),
        approved=bool(put) and put[0].is_settled,
        asked_at=put[0].recorded_at if asked else None,
    )
