"""The steps of approvals, and the placements that are planned, read for the clocks of some children's paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.paper_facts import Ahead
from cases import approvals
from cases.facts import ChildFacts
from cases.models import PlacementApproval, PlannedPlacement, PlannedStep


def read(child_ids: Sequence[int]) -> dict[int, list[PlacementApproval]]:
    """By placement: the steps of its approval, the latest first."""
    found: dict[int, list[PlacementApproval]] = {}
    rows = approvals.standing().filter(child__among=child_ids)
    for step in rows.only("placement", "kind", "recorded_at"):
        found.setdefault(step.placement_id, []).append(step)
    return found


def of(steps: Sequence[PlacementApproval], planned: Ahead | None) -> dict[str, Any]:
    """Of the steps of one placement, the latest first: whether it is settled, is asked, and was refused last.

    What the director was asked of it while it was `planned` waits since then, for the move takes it along.
    """
    if not steps:
        return {}
    refused = (step.recorded_at for step in steps if step.kind == PlacementApproval.Kind.REFUSED)
    asked_at = steps[0].recorded_at if steps[0].kind == PlacementApproval.Kind.ASKED else None
    ahead_at = planned.asked_at if planned is not None else None
    # The move wrote all of it at one instant: nobody has asked anew since.
    if asked_at is not None and ahead_at is not None and asked_at == steps[-1].recorded_at:
        asked_at = ahead_at
    return {
        "approved": steps[0].is_settled,
        "asked_at": asked_at,
        "refused_at": next(refused, None),
    }


@dataclass(frozen=True)
class Plans:
    """What is planned, by child; and by placement the plan that it took up, of those that stand."""

    ahead: Mapping[int, Ahead]
    begun: Mapping[int, Ahead]


def planned(loaded: Mapping[int, ChildFacts]) -> Plans:
    """The plans of these children; what another authority planned is nobody's to do."""
    rows = PlannedPlacement.objects.filter(child__among=loaded.keys(), ended_at=None)
    own = [row for row in rows.filter(placement__ends_at=None) if _is_own(row, loaded[row.child_id])]
    if not own:
        return Plans({}, {})
    steps: dict[int, list[PlannedStep]] = {}
    for step in PlannedStep.objects.filter(planned__in=own).only("planned", "kind", "recorded_at"):
        steps.setdefault(step.planned_id, []).append(step)
    found = [(row, _ahead(row, steps.get(row.pk, ()), loaded[row.child_id])) for row in own]
    return Plans(
        {row.child_id: ahead for row, ahead in found if row.placement_id is None},
        {row.placement_id: ahead for row, ahead in found if row.placement_id is not None},
    )


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
