"""Children to look at who have no guardian, each with why, who stands in, and when somebody looks again; and one who had none."""

from datetime import timedelta

from alerts.demo_states.lot import Lot, Shown, arrive, seen
from cases.deadlines import london_day
from cases.models import Child
from guardians import assignments, reasons
from guardians.models import NoGuardian
from guardians.states import NoneStage

MACHINE = "Why there is no guardian"
Kind = NoGuardian.Kind


def _live(lot: Lot, shown: Shown) -> Child:
    child = arrive(lot, shown, trafficking="yes")
    _say(lot, child, shown.state)
    return seen(lot, child)


def _over(lot: Lot, shown: Shown) -> Child:
    """Waited for a guardian, and has one since yesterday."""
    child, guardian = arrive(lot, shown, trafficking="yes"), lot.stage.cast["guardian"]
    _say(lot, child, Kind.REFERRED)
    service, manager = lot.stage.service, lot.stage.cast["manager"]
    assignments.assign(child, guardian, service=service, by=manager, at=lot.ago(0.9))
    return seen(lot, child)


def _say(lot: Lot, child: Child, kind: str) -> None:
    fallback = reasons.Fallback(
        kind=NoGuardian.Fallback.ADVOCATE,
        name="Merryn Ashcombe",
        phone="01632 960189",
        organisation="Saltpan Advocacy (demo)",
        review_date=london_day(lot.at + timedelta(days=90)),
    )
    reasons.record(
        child,
        kind=kind,
        reason=_REASONS[kind],
        fallback=fallback,
        by=lot.worker,
        at=lot.ago(10),
    )


_REASONS: dict[str, str] = {
    Kind.REFERRED: "Referred by phone on the day of the signs; the service rings back.",
    Kind.NOT_AVAILABLE: "The service works in other counties only.",
    Kind.DECLINED: "Does not want one more adult, and may ask at any time.",
    Kind.NOT_ELIGIBLE: "The service says that an uncle here has parental responsibility.",
}

CHILDREN = (
    Shown("Ermias", "Woldu", ("Tigrinya",), MACHINE, Kind.REFERRED, _live),
    Shown("Nilufar", "Baghlani", ("Dari",), MACHINE, Kind.NOT_AVAILABLE, _live),
    Shown("Gentian", "Hoti", ("Albanian",), MACHINE, Kind.DECLINED, _live),
    Shown("Salar", "Penjwin", ("Kurdish Sorani",), MACHINE, Kind.NOT_ELIGIBLE, _live),
    Shown("Shadi", "Marouf", ("Arabic",), MACHINE, NoneStage.OVER, _over),
)
