"""Children to look at whose risk was assessed, each with what a manager made of it."""

from alerts.demo_states.lot import Lot, Shown, arrive, seen
from cases import assessments
from cases.models import Child, RiskAssessment
from cases.states import AssessmentStage

MACHINE = "Risk assessment"


def _read(lot: Lot, shown: Shown) -> Child:
    """One signed, one sent back, one that the next overtook; the last is lower, and nobody has agreed to it."""
    child, manager = arrive(lot, shown), lot.stage.cast["manager"]
    first = _assess(lot, child, "medium", "Speaks of nobody who rings him.", days=30)
    assessments.read(first, signed=True, by=manager, at=lot.ago(29))
    second = _assess(lot, child, "medium", "As before.", days=20)
    ask = "Ask the college whom he meets at the gate."
    assessments.read(second, signed=False, words=ask, by=manager, at=lot.ago(19.5))
    _assess(lot, child, "medium", "Two boys of his own year, says the college.", days=19)
    _assess(lot, child, "low", "Settled: home each evening before he is asked.", days=0.1)
    return seen(lot, child)


def _unread(lot: Lot, shown: Shown) -> Child:
    child = arrive(lot, shown)
    _assess(lot, child, "medium", "New here, and rings an uncle whom nobody knows.", days=0.1)
    return seen(lot, child)


def _assess(lot: Lot, child: Child, grade: str, why: str, *, days: float) -> RiskAssessment:
    at = lot.ago(days)
    found = assessments.Assessment(grade=grade, rationale=why, assessed_at=at)
    return assessments.record(child, found, by=lot.worker, at=at)


CHILDREN = (
    Shown(
        "Nawid",
        "Sharifi",
        ("Dari",),
        MACHINE,
        AssessmentStage.WAITS,
        _read,
        beside=(AssessmentStage.SIGNED, AssessmentStage.SENT_BACK, AssessmentStage.OVERTAKEN),
    ),
    Shown("Besa", "Rexhepi", ("Albanian",), MACHINE, AssessmentStage.UNREAD, _unread),
)
