"""When a child must next be accounted for: as it stands, and if somebody sees it now; by the clocks' own calculator."""

from dataclasses import replace
from datetime import datetime

from alerts import expected, watching
from alerts.models import Clock
from alerts.schedule import Sighting
from cases.models import Child
from cases.strengths import Strength


def supposed(at: datetime) -> Sighting:
    """Somebody who knows the child saw it face to face: the strongest proof there is."""
    return Sighting(0, at, Strength.FACE_TO_FACE, True, "supposed", "supposed")


def if_seen_at(child: Child, at: datetime) -> datetime | None:
    """The next proof due if somebody who knows the child sees it face to face at `at`; None where none is waited for.

    That is so of a closed case and of a child who is looked for: a search ends by its own steps.
    """
    one = watching.watch([child.pk], at=at)[child.pk]
    facts = watching.pure_facts(one)
    due = expected.contact(replace(facts, sightings=(*facts.sightings, supposed(at))))
    return None if due is None or due.resting else due.due_at


def next_due(child: Child) -> datetime | None:
    """The next proof due as the child's clock stands; None where none is waited for."""
    clock = Clock.objects.filter(child=child, kind=Clock.Kind.CONTACT).first()
    return None if clock is None or clock.resting else clock.due_at
