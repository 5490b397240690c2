"""Children to look at who have no guardian, each with why, who stands in, and when somebody looks again."""

from datetime import timedelta

from alerts.demo_states.lot import Lot, Shown, arrive, seen
from cases.deadlines import london_day
from cases.models import Child
from guardians import reasons
from guardians.models import NoGuardian

MACHINE = "Why there is no guardian"
Kind = NoGuardian.Kind


def _live(lot: Lot, shown: Shown) -> Child:
    child = arrive(lot, shown, trafficking="yes")
    fallback = reasons.Fallback(
        kind=NoGuardian.Fallback.ADVOCATE,
        name="Merryn Ashcombe",
        phone="01632 960189",
        organisation="Saltpan Advocacy (demo)",
        review_date=london_day(lot.at + timedelta(days=90)),
    )
    reasons.record(
        child,
        kind=shown.state,
        reason=_REASONS[shown.state],
        fallback=fallback,
        by=lot.worker,
        at=lot.ago(10),
    )
    return seen(lot, child)


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
)
