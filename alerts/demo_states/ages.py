"""Children to look at of whose age somebody has decided something."""

from alerts.demo_states.lot import Lot, Shown, arrive, seen
from cases import ages
from cases.deadlines import london_day
from cases.models import Child
from cases.states import AgeStatus

MACHINE = "Age"
# How each state is come to, from an age that nobody disputed.
_WAYS: dict[str, tuple[str, ...]] = {
    AgeStatus.IN_PROGRESS: (AgeStatus.IN_PROGRESS,),
    AgeStatus.ASSESSED_CHILD: (AgeStatus.IN_PROGRESS, AgeStatus.ASSESSED_CHILD),
    AgeStatus.ASSESSED_ADULT: (AgeStatus.IN_PROGRESS, AgeStatus.ASSESSED_ADULT),
    AgeStatus.UNDER_CHALLENGE: (
        AgeStatus.IN_PROGRESS,
        AgeStatus.ASSESSED_ADULT,
        AgeStatus.UNDER_CHALLENGE,
    ),
    AgeStatus.ADULT_ELSEWHERE: (AgeStatus.DISPUTED, AgeStatus.ADULT_ELSEWHERE),
}
_GROUNDS = {
    AgeStatus.IN_PROGRESS: "Two social workers have begun, with an interpreter and an appropriate adult.",
    AgeStatus.DISPUTED: "Says 16; the papers of the port say 22.",
    AgeStatus.ASSESSED_CHILD: "Account, school records from home and the view of the carer agree.",
    AgeStatus.ASSESSED_ADULT: "Appearance and account taken together; the young person was told with reasons.",
    AgeStatus.UNDER_CHALLENGE: "A solicitor has asked for a review: the interpreter spoke another dialect.",
    AgeStatus.ADULT_ELSEWHERE: "Moved to a hotel for adults by the birth date of the port.",
}


def _live(lot: Lot, shown: Shown) -> Child:
    """Who is treated as an adult elsewhere lives in none of our homes; of an adult nobody is asked any more."""
    elsewhere = shown.state == AgeStatus.ADULT_ELSEWHERE
    child = arrive(lot, shown, placed=not elsewhere)
    for number, status in enumerate(_WAYS[shown.state]):
        at = lot.ago(20 - 6 * number)
        said = ages.Decision(
            age_status=status,
            decided_date=london_day(at),
            decided_by="Tideway Hotel (demo)" if status == AgeStatus.ADULT_ELSEWHERE else "Northmere (demo)",
            grounds=_GROUNDS[AgeStatus(status)],
            place="Tideway Hotel, Saltbridge (demo)" if status == AgeStatus.ADULT_ELSEWHERE else "",
        )
        second = lot.stage.cast["manager"] if status in ages.BY_TWO else None
        ages.decide(child, said, seconded_by=second, by=lot.worker, at=at)
    return seen(lot, child)


CHILDREN = (
    Shown("Farshad", "Nawabi", ("Dari",), MACHINE, AgeStatus.IN_PROGRESS, _live),
    Shown("Abrihet", "Seyoum", ("Tigrinya",), MACHINE, AgeStatus.ASSESSED_CHILD, _live),
    Shown("Mirash", "Gjonaj", ("Albanian",), MACHINE, AgeStatus.ASSESSED_ADULT, _live),
    Shown("Khalil", "Abdulrahim", ("Arabic",), MACHINE, AgeStatus.UNDER_CHALLENGE, _live),
    Shown("Behnam", "Tavakol", ("Farsi",), MACHINE, AgeStatus.ADULT_ELSEWHERE, _live),
)
