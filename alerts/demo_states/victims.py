"""Children to look at who were referred to the National Referral Mechanism, each with what was decided since."""

from alerts.demo_states.lot import Lot, Shown, arrive, seen
from cases import assessments, nrm
from cases.deadlines import london_day
from cases.models import Child, FirstResponder
from cases.models.assessments import Answer, Domain
from cases.states import NRM_OPEN, NrmStatus

MACHINE = "Referral to the NRM"
_WAYS: dict[str, tuple[str, ...]] = {
    NrmStatus.REFERRED: (),
    NrmStatus.NO_GROUNDS: (NrmStatus.NO_GROUNDS,),
    NrmStatus.CONCLUSIVE: (NrmStatus.GROUNDS, NrmStatus.CONCLUSIVE),
    NrmStatus.NOT_CONCLUSIVE: (NrmStatus.GROUNDS, NrmStatus.NOT_CONCLUSIVE),
    NrmStatus.RECONSIDERED: (NrmStatus.NO_GROUNDS, NrmStatus.RECONSIDERED),
    NrmStatus.CONCLUSIVE_RECONSIDERED: (
        NrmStatus.GROUNDS,
        NrmStatus.NOT_CONCLUSIVE,
        NrmStatus.CONCLUSIVE_RECONSIDERED,
    ),
    NrmStatus.SUSPENDED: (NrmStatus.GROUNDS, NrmStatus.SUSPENDED),
    NrmStatus.WITHDRAWN: (NrmStatus.WITHDRAWN,),
}
_NOTES: dict[str, str] = {
    NrmStatus.RECONSIDERED: "The solicitor sent what the child has told the guardian since.",
    NrmStatus.CONCLUSIVE_RECONSIDERED: "The solicitor sent a report of the clinic.",
    NrmStatus.SUSPENDED: "Suspended until the child is well enough to be spoken to.",
    NrmStatus.WITHDRAWN: "Referred twice by mistake: the port had referred already.",
}
# What the first of them showed, each sign with how it is known.
SIGNS: dict[str, str] = {
    "number_known": "Wrote a phone number from memory in the first talk, and would not say whose it is.",
    "journey_debt": "Told the interpreter that the family at home owes for the journey.",
    "met": "The officer at the port saw a man wait for her by name, who left when he was spoken to.",
    "unexplained": "Came with a new phone in which one number is saved.",
}


def _show_signs(lot: Lot, child: Child) -> None:
    """Each sign is ticked in a risk assessment, which a manager has signed: the referral is written from it."""
    at = lot.ago(41)
    answers = {"trafficking": Answer.YES, "debt": Answer.YES, "exploiters": Answer.UNKNOWN}
    of_control = {"factors": answers, "indicators": SIGNS, "source": "The child, by an interpreter; the port"}
    found = assessments.Assessment(
        grade="medium",
        rationale="Signs of trafficking, and a home in which staff are awake at night.",
        domains={Domain.CONTROL: of_control},
        assessed_at=at,
    )
    row = assessments.record(child, found, by=lot.worker, at=at)
    assessments.read(row, signed=True, by=lot.stage.cast["manager"], at=lot.ago(40.5))


def _live(lot: Lot, shown: Shown) -> Child:
    child = arrive(lot, shown)
    if shown.state == NrmStatus.REFERRED:
        _show_signs(lot, child)
    at = lot.ago(40)
    referral = nrm.Referral(
        first_responder=FirstResponder.objects.get(code="authority"),
        made_by="The social worker, after the first talk with an interpreter",
        referred_date=london_day(at),
    )
    row = nrm.refer(child, referral, by=lot.worker, at=at)
    for number, status in enumerate(_WAYS[shown.state]):
        at = lot.ago(30 - 8 * number)
        second = lot.stage.cast["manager"] if status not in NRM_OPEN else None
        note = _NOTES.get(status, "By letter to the worker.")
        day = london_day(at)
        nrm.move(row, status, happened_date=day, note=note, seconded_by=second, by=lot.worker, at=at)
    return seen(lot, child)


CHILDREN = (
    Shown("Linh", "Dao", ("Vietnamese",), MACHINE, NrmStatus.REFERRED, _live),
    Shown("Ermal", "Prenga", ("Albanian",), MACHINE, NrmStatus.NO_GROUNDS, _live),
    Shown("Hien", "Luong", ("Vietnamese",), MACHINE, NrmStatus.CONCLUSIVE, _live),
    Shown("Saad", "Ramadani", ("Arabic",), MACHINE, NrmStatus.NOT_CONCLUSIVE, _live),
    Shown("Tesfu", "Mehari", ("Tigrinya",), MACHINE, NrmStatus.RECONSIDERED, _live),
    Shown("Klea", "Dedaj", ("Albanian",), MACHINE, NrmStatus.CONCLUSIVE_RECONSIDERED, _live),
    Shown("Rahima", "Popal", ("Pashto",), MACHINE, NrmStatus.SUSPENDED, _live),
    Shown("Quang", "Ninh", ("Vietnamese",), MACHINE, NrmStatus.WITHDRAWN, _live),
)
