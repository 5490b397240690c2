"""Cards of children with contact buttons, and what a press on one does: for the roll-call and the guardian's home."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from alerts import sentences, standings
from alerts.standings import Standing
from cases import access, contacts, escorts
from cases.access import Permission
from cases.contacts import UNDO_WITHIN
from cases.forms.contact import PressForm
from cases.models import Absence, Child, Contact, Outcome, User
from cases.moves import SentBefore
from cases.states import IllegalMove
from cases.templatetags.govuk import since

# In these somebody is asked to look: the row is blank until they write.
TO_RECORD = frozenset({"no_record", "due", "not_seen_yet"})
# An episode stands: pressing “Not here” again would say nothing new.
LOOKED_FOR = frozenset({"missing", "still_missing", "not_here"})
COLOURS = {
    "missing": "red",
    "still_missing": "red",
    "not_here": "red",
    "back_to_confirm": "blue",
    "told_of": "blue",
    "no_record": "orange",
    "away": "purple",
    "due": "yellow",
    "not_seen_yet": "teal",
    "return_interview_due": "blue",
    "seen": "green",
}


@dataclass(frozen=True)
class Card:
    """One child with what stands on the card and the key of its next press."""

    standing: Standing
    # What this person recorded within the last ten minutes and may still undo.
    recent: Contact | None
    # Whether that is on the record and stops no clock.
    recent_is_no_proof: bool
    key: uuid.UUID
    # The sentence that goes with the tag.
    line: str
    # Of a child who is out while the tag says something worse: with whom, and back by when.
    leave: str
    # Whether escorts have the child, on a journey that is not over.
    is_escorted: bool = False
    # In the home, of a child whose age is disputed: how it sleeps there.
    room_flag: str = ""
    # Which roll-calls nobody here can call, and nobody else does.
    unkept: str = ""

    @property
    def child(self) -> Child:
        return self.standing.child

    @property
    def undo_until(self) -> datetime | None:
        """Until when what this person recorded may still be undone."""
        return self.recent.recorded_at + UNDO_WITHIN if self.recent else None

    @property
    def colour(self) -> str:
        return COLOURS.get(self.standing.tag, "")

    @property
    def whereabouts(self) -> str:
        """Where the child is as far as anybody knows: in, out, away or on a journey; nothing where that is the question."""
        if self.standing.absence is not None:
            return _("Out") if self.standing.absence.kind == Absence.Kind.OUT else _("Away with permission")
        if self.standing.tag not in ("seen", "due", "return_interview_due"):
            return ""
        return _("On a journey with escorts") if self.is_escorted else _("In")

    @property
    def to_record(self) -> bool:
        return self.standing.tag in TO_RECORD

    @property
    def looked_for(self) -> bool:
        return self.standing.tag in LOOKED_FOR


def of(child_ids: Collection[int], *, user: User, addressed: bool, now: datetime) -> list[Card]:
    """Return the cards of these children in a fixed number of queries, most urgent first.

    `addressed` says whether this person may read where the children are.
    """
    recent = {
        contact.child_id: contact
        for contact in Contact.objects.standing()
        .filter(child__in=child_ids, recorded_by=user, recorded_at__gt=now - UNDO_WITHIN)
        .exclude(outcome=Outcome.NOT_HERE)
        .order_by("recorded_at")
    }
    escorted = escorts.having(child_ids)
    stands = standings.of(child_ids, now=now).values()
    found = standings.in_order([standings.by_part(one, reader_id=user.pk) for one in stands])
    return [
        Card(
            standing=standing,
            recent=recent.get(standing.child.pk),
            recent_is_no_proof=_counts_not(recent.get(standing.child.pk), standing),
            key=uuid.uuid4(),
            line=line(standing, addressed=addressed, now=now),
            leave=_leave(standing, now=now) if addressed else "",
            is_escorted=standing.child.pk in escorted,
        )
        for standing in found
    ]


def line(standing: Standing, *, addressed: bool, now: datetime) -> str:
    """Return the sentence that goes with the tag; without the place for whoever may not read where the child is."""
    if addressed or standing.tag not in ("out", "away"):
        return sentences.line(standing, now=now)
    if standing.tag == "out":
        return sentences.line(standing, now=now, addressed=False)
    return since(standing.since, now).capitalize() if standing.since else ""


def press(request: HttpRequest, reference: str, *, now: datetime) -> Child:
    """Do what a card's button says: record one contact, or undo the one recorded just now.

    Raises `IllegalMove` where it may not happen, and 404 for a stranger or a form that was cut off.
    """
    child = access.get_child(
        access.person(request), reference, Permission.RECORD_CONTACT, request=request, at=now
    )
    if "undo" in request.POST:
        contact = _own(child, request)
        contacts.undo(contact, by=access.person(request), at=now)
        return child
    form = PressForm(request.POST)
    if not form.is_valid():
        raise IllegalMove("The button’s answer did not arrive whole. Go back and press it again.")
    by = access.person(request)
    try:
        contacts.record(child, form.sighting(child, by=by, at=now), by=by, at=now)
    except SentBefore as refusal:
        raise IllegalMove(
            "What this button recorded was taken back since. Open the page again and press it again."
        ) from refusal
    return child


def _own(child: Child, request: HttpRequest) -> Contact:
    try:
        key = uuid.UUID(request.POST["undo"])
    except ValueError as error:
        raise Http404 from error
    contact = Contact.objects.filter(child=child, key=key).first()
    if contact is None:
        raise Http404
    return contact


def _counts_not(recent: Contact | None, standing: Standing) -> bool:
    """Whether what was recorded just now is later than the last proof that counts, and so is none."""
    if recent is None:
        return False
    return standing.seen is None or standing.seen.happened_at < recent.happened_at


def _leave(standing: Standing, *, now: datetime) -> str:
    if standing.absence is None or standing.tag == "out":
        return ""
    return sentences.line(replace(standing, tag="out"), now=now)
