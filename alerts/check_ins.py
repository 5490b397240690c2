"""When a child must next be accounted for: as it stands, and if somebody sees it now; by the clocks' own calculator."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from alerts import expected, proof, values, watching
from alerts.models import Clock
from alerts.schedule import ChildFacts, Sighting
from cases.models import Child, Contact, Means, Outcome
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


def why_none(contact: Contact, *, at: datetime) -> str:
    """Why the contact that was recorded just now did not move the clock, in words; empty where it did, or none waits.

    Only what it says itself: that a child is kept from somebody announces itself to nobody.
    """
    return next(iter(why_of_each([contact], at=at)), "")


def why_of_each(contacts: Collection[Contact], *, at: datetime) -> list[str]:
    """Why these did not move the clocks of their children, each reason once, in a fixed number of questions."""
    clocks = Clock.objects.filter(child__in={one.child_id for one in contacts}, kind=Clock.Kind.CONTACT)
    waited_for = {clock.child_id for clock in clocks if not clock.resting and clock.due_at is not None}
    asked = [one for one in contacts if one.child_id in waited_for]
    said = {one.pk: _no_sighting(one) for one in asked}
    unsaid = {one.child_id for one in asked if not said[one.pk]}
    watched = watching.watch(unsaid, at=at) if unsaid else {}
    why = [said[one.pk] or _no_proof(one, watching.pure_facts(watched[one.child_id])) for one in asked]
    words = _("It does not count as seen, and the clock goes on: %(why)s")
    return [words % {"why": one} for one in dict.fromkeys(filter(None, why))]


def _no_sighting(contact: Contact) -> str:
    if contact.outcome == Outcome.NO_ANSWER:
        return _("nobody was reached.")
    return _("nobody is named who saw the child.") if contact.means == Means.HEARSAY else ""


def _no_proof(contact: Contact, facts: ChildFacts) -> str:
    lacks = proof.lack(values.sighting(contact), facts.applies)
    words = {
        proof.Lack.NEVER: _("anybody who holds the phone can write a message."),
        proof.Lack.ROOM: _("somebody else may have been in the room."),
        proof.Lack.MEANS: _("at present this child is to be seen in a stronger way than that."),
        proof.Lack.FACE: _(
            "this child is watched closely, and nobody has said that whoever saw the child knows the face or holds the"
            " photo. If they do, record it again with the tick."
        ),
    }
    if lacks is not None:
        return words[lacks]
    known = {one.id for one in facts.sightings}
    counted = {one.id for one in proof.accepted(facts.sightings, facts.applies)}
    if contact.means == Means.PHONE and contact.pk in known - counted:
        return _("a call does not count twice running. Somebody is to see the child.")
    return ""
