"""What two children of the demo's story have before them: a journey with escorts, and a guardian who waits for the council."""

import uuid
from datetime import datetime, time, timedelta

from cases import journey_plans, journeys
from cases.deadlines import london_day, next_at_wall
from cases.models import Child, Journey, PoliceForce, User
from guardians import council
from guardians.models import CouncilConcern

# Not before the next day: a journey that nobody confirms would ring the desk of a demo that is only looked at.
NOT_BEFORE, DEPARTS_AT = timedelta(hours=25), time(10)
APART = timedelta(minutes=90)
PLACES = ("Lantern Lane, Northmere", "Services at Fenwick Cross", "The college at Saltbridge")


def plan(
    child: Child, *, force: PoliceForce, departs_at: datetime | None = None, by: User, at: datetime
) -> Journey:
    """Plan the journey of one child: picked up at `departs_at`, else on a morning to come; handed over three hours later."""
    departs_at = departs_at or next_at_wall(at + NOT_BEFORE, DEPARTS_AT)
    wanted = journey_plans.Plan(
        kind=Journey.Kind.OTHER,
        first_escort="Petra Lindqvist",
        first_phone="07700 900151",
        first_email="petra.lindqvist@escorts.example",
        second_escort="Owen Tasker",
        second_phone="07700 900152",
        second_email="owen.tasker@escorts.example",
        vehicle="Grey estate car",
        plate="NM26 DEM",
        route="By the coast road, and the ring at Saltbridge.",
        hand_to="Ines Ferreira, who teaches there",
        told_at=at,
        words="Wants to see the workshops, and to be back for the match.",
        places=tuple(
            journey_plans.Place(place=place, due_at=departs_at + APART * number, force=force)
            for number, place in enumerate(PLACES)
        ),
    )
    return journeys.plan(child, wanted, by=by, at=at)


def promise(child: Child, *, by: User, at: datetime) -> None:
    """Let the guardian of one child raise what the council has promised for next week and not done."""
    council.raise_concern(
        child,
        words="No school place since she came. The team said that it would ask the college, and has not.",
        shared=True,
        promised_by="Marian Quill",
        by_date=london_day(at) + timedelta(days=7),
        key=uuid.uuid4(),
        by=by,
        at=at,
    )


def end(child: Child, *, by: User, at: datetime) -> None:
    """Take the open journey of a story's child off the stage, and what it was promised, by whoever has the child in sight."""
    for journey in Journey.objects.open().filter(child=child):
        seen = journeys.Seen(escort=by.name, happened_at=at)
        journeys.break_off(journey, reason="The story is over", seen=seen, by=by, at=at)
    for concern in CouncilConcern.objects.open().filter(child=child):
        council.end(concern, words="The story is over", by=by, at=at)
