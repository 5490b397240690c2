"""What the demo's children have on paper: a find-me profile, a referral to the NRM, invented like all else."""

from datetime import datetime, timedelta

from cases import ages, details, find_me, nrm, placement_papers, supervisions
from cases.deadlines import london_day
from cases.find_me import State
from cases.models import Child, FirstResponder, User
from cases.states import AgeStatus

_SAID = {
    "accounts": {"handset": "A red Nokia, IMEI not known", "online": "A messenger by the name of thao.l"},
    "people": {"family": "An aunt in Saltbridge, no number yet", "friends": "Kidane, in room 3"},
    "places": {"often": "The library in Quay Street", "school": "Northmere College, from January"},
    "health": {"medicine": "None", "doctor": "Quay Street surgery"},
    "habits": {"day": "Walks along the harbour after tea", "approach": "Slowly, in Vietnamese, no uniform"},
}


def dispute(child: Child, *, by: User, at: datetime) -> None:
    """Let the age of one child be disputed: a room of their own, to be looked at again in two weeks."""
    said = ages.Decision(
        age_status=AgeStatus.DISPUTED,
        decided_date=london_day(at),
        decided_by="Northmere, on arrival",
        grounds="Says 16; the papers of the port say 19.",
    )
    ages.decide(child, said, by=by, at=at)
    again = london_day(at) + timedelta(days=14)
    placement_papers.review_room(child, own_room=True, review_by=again, by=by, at=at)


def begin(child: Child, *, by: User, at: datetime) -> None:
    """Fill in the profile of one child, leave two sections as asked in vain and one begun, and go through it."""
    looks = {"description": "About 1.60 m, slight, short black hair, a scar over the left eyebrow."}
    details.change(child, looks, topic="looks", version=0, by=by, at=at)
    for section in find_me.unasked({}):
        said = _SAID.get(section.key, {})
        state = State.COMPLETE if said else State.ASKED
        if section.key == "places":
            state = State.IN_PROGRESS
        find_me.write(child, section.key, answers=said, state=state, version=0, by=by, at=at)
    find_me.review(child, by=by, at=at)


def supervise(child: Child, *, worker: User, manager: User, at: datetime) -> None:
    """Let the manager have talked with the worker about one child, with something to be done within the week."""
    decided = supervisions.Decision(
        what="Ring the college about the place in January",
        owner=worker,
        by_date=london_day(at) + timedelta(days=7),
    )
    talk = supervisions.Talk(
        child=child,
        discussed="Sleeps badly, trusts the guardian, and wants to begin at the college.",
        direction="See the child alone each week until January.",
        decisions=(decided,),
    )
    again = london_day(at) + timedelta(days=21)
    held = supervisions.Held(held_at=at, next_date=again, own="Two new children this month.", talks=(talk,))
    supervisions.record(worker, held, by=manager, at=at)


def refer(child: Child, *, by: User, at: datetime) -> None:
    """Let one child be referred to the National Referral Mechanism, with reasonable grounds since."""
    referral = nrm.Referral(
        first_responder=FirstResponder.objects.get(code="authority"),
        made_by="The social worker, with the guardian",
        referred_date=london_day(at) - timedelta(days=9),
        reference="NRM-2208",
    )
    row = nrm.refer(child, referral, by=by, at=at)
    day = london_day(at) - timedelta(days=2)
    nrm.move(row, "reasonable_grounds", happened_date=day, note="By letter to the worker.", by=by, at=at)
