"""Children to look at who live in the area of another authority, each with what the director was asked and said."""

from alerts.demo_states.lot import Lot, Shown, arrive, live_at, seen
from cases import approvals, placements
from cases.deadlines import london_day
from cases.models import Child, Placement, PlacementApproval

MACHINE = "Approval of a distant placement"
Kind = PlacementApproval.Kind


def _live(lot: Lot, shown: Shown) -> Child:
    """For two weeks in a home of Saltbridge, which was told on the day after."""
    child = arrive(lot, shown, placed=False)
    live_at(lot, child, lot.there.home, since=lot.ago(14), by=lot.worker)
    placement = Placement.objects.get(child=child, ends_at=None)
    told_at = lot.ago(13)
    whom = "The duty desk of Saltbridge (demo)"
    placements.tell_host(placement, whom=whom, told_at=told_at, by=lot.worker, at=told_at)
    if shown.state == Kind.ADJOINS:
        reason = "The two councils share the border along the river."
        said_by = "The map of the county"
        approvals.say_adjoining(placement, said_by=said_by, reason=reason, by=lot.worker, at=lot.ago(12))
        return seen(lot, child)
    _ask(lot, placement)
    if shown.state != Kind.ASKED:
        approvals.decide(
            placement,
            approved=shown.state == Kind.APPROVED,
            decided_date=london_day(lot.at),
            reason=_REASONS[shown.state],
            by=lot.stage.cast["director"],
            at=lot.at,
        )
    return seen(lot, child)


def _ask(lot: Lot, placement: Placement) -> None:
    at = lot.ago(12)
    asked = approvals.Asked(
        reason="The only carers with the child’s language and a free bed.",
        why_before="It was a Friday evening, and no bed nearer was free.",
        host_whom="The placements team of Saltbridge (demo)",
        host_asked_date=london_day(at),
        host_said="No objection, and a college place from the new term.",
    )
    approvals.ask(placement, asked, by=lot.worker, at=at)


_REASONS: dict[str, str] = {
    Kind.APPROVED: "His language and his wish weigh more than the distance; visits stay as they are.",
    Kind.REFUSED: "Too far from the cousin she sees each week. Another place within four weeks.",
}

CHILDREN = (
    Shown("Yonatan", "Kiros", ("Tigrinya",), MACHINE, Kind.ASKED, _live),
    Shown("Bashar", "Idlibi", ("Arabic",), MACHINE, Kind.APPROVED, _live),
    Shown("Arta", "Shabani", ("Albanian",), MACHINE, Kind.REFUSED, _live),
    Shown("Hoa", "Lac", ("Vietnamese",), MACHINE, Kind.ADJOINS, _live),
)
