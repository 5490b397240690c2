"""A child to look at whose safeguarding plan there is in three versions, each with what a manager made of it."""

from datetime import timedelta

from alerts.demo_states.lot import Lot, Shown, arrive, seen
from cases import plans
from cases.deadlines import london_day
from cases.models import Child, SafetyPlan
from cases.plan_states import PlanStage

MACHINE = "Version of the safeguarding plan"


def _live(lot: Lot, shown: Shown) -> Child:
    """The first was signed, the next took the place of one that nobody had signed, and waits for a manager itself."""
    child = arrive(lot, shown)
    first = _write(lot, child, "Ring Quyen from her class, then the nail bar in Tern Street.", days=40)
    plans.sign(first, by=lot.stage.cast["manager"], at=lot.ago(39))
    _write(lot, child, "Ring Quyen from her class. Look at the coach station.", days=6)
    last = "Ring Quyen from her class. Look at the coach station: she asked for the times of the night coach."
    _write(lot, child, last, days=0.1)
    return seen(lot, child)


def _write(lot: Lot, child: Child, if_missing: str, *, days: float) -> SafetyPlan:
    at = lot.ago(days)
    plan = plans.Plan(
        goals="She sleeps at home, and tells her carer when the man from the journey rings.",
        if_missing=if_missing,
        contacts="By day her social worker, at night the duty desk.",
        phone_plan="The carer has both numbers; the second phone is handed in at night.",
        visitors="Quyen and her sister. Nobody else without a call to the social worker.",
        safe_words="“Is there rice left?” means: come and get me.",
        child_agrees="agrees",
        child_words="I want to ring home on Sundays.",
        agreed_with="The home, the college",
        review_date=london_day(at + timedelta(days=90)),
    )
    return plans.write(child, plan, by=lot.worker, at=at)


CHILDREN = (
    Shown(
        "Thuy",
        "Doan",
        ("Vietnamese",),
        MACHINE,
        PlanStage.UNSIGNED,
        _live,
        beside=(PlanStage.SIGNED, PlanStage.OVERTAKEN),
    ),
)
