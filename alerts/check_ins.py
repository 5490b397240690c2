"""When a child must next be accounted for: as it stands, and if somebody sees it now; by the clocks' own calculator."""

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from alerts import expected, proof, values, watching
from alerts.models import Clock
from alerts.schedule import Sighting
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
    if next_due(contact.child) is None:
        return ""
    why = _no_proof(contact, at)
    return _("It does not count as seen, and the clock goes on: %(why)s") % {"why": why} if why else ""


def _no_proof(contact: Contact, at: datetime) -> str:
    if contact.outcome == Outcome.NO_ANSWER:
        return _("nobody was reached.")
    if contact.means == Means.HEARSAY:
        return _("nobody is named who saw the child.")
    one = watching.watch([contact.child_id], at=at)[contact.child_id]
    facts = watching.pure_facts(one)
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
