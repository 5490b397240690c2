"""How the timeline tells which paper of a child was recorded."""

from collections.abc import Callable, Mapping
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.event_words.words import Read, Words, and_reason, mistaken
from cases import mistakes
from cases.access import Permission
from cases.find_me import SECTIONS
from cases.models import (
    AssessmentReading,
    Document,
    Event,
    FindMeReview,
    FindMeSection,
    GuardianInvitation,
    HeldPaper,
    Meeting,
    MeetingBooking,
    Mistake,
    NrmReferral,
    NrmStep,
    PlacementApproval,
    RoomReview,
)
from cases.models.held import CHECKS
from cases.moves import isolated
from cases.states import NrmStatus
from cases.templatetags.govuk import gov_date, gov_time


def _paper_held(event: Event, facts: Read) -> Words:
    row: HeldPaper | None = facts.of(event)
    kind = HeldPaper.Kind(event.data["kind"])
    title = str(kind.label) if kind in CHECKS else _("%(paper)s held") % {"paper": kind.label}
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, and_reason(row.led_by, row.note), withdrawn_reason=mistaken(row))


def _find_me_written(event: Event, facts: Read) -> Words:
    """What it says stands in the profile alone."""
    section, state = SECTIONS.get(event.data["section"]), FindMeSection.State(event.data["state"]).label
    title = section.title if section is not None else event.data["section"]
    return Words(_("Find-me profile: %(section)s") % {"section": str(title).lower()}, str(state))


def _find_me_reviewed(event: Event, facts: Read) -> Words:
    row: FindMeReview | None = facts.of(event)
    may_read = row is not None and Permission.SEE_RECORD in facts.permissions
    return Words(_("Find-me profile reviewed"), withdrawn_reason=mistaken(row) if may_read else "")


def _room_reviewed(event: Event, facts: Read) -> Words:
    row: RoomReview | None = facts.of(event)
    title = (
        _("Age disputed: a room of their own") if event.data["own_room"] else _("Age disputed: shares a room")
    )
    until = _("To be looked at again by %(day)s.") % {
        "day": gov_date(date.fromisoformat(event.data["review_by"]))
    }
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title, until)
    return Words(title, " ".join(part for part in (row.note, until) if part))


def _placement_approved(event: Event, facts: Read) -> Words:
    row: PlacementApproval | None = facts.of(event)
    title = str(PlacementApproval.Kind(event.data["kind"]).label)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, and_reason(row.approved_by, row.reason))


def _assessment_read(event: Event, facts: Read) -> Words:
    reading: AssessmentReading | None = facts.of(event)
    signed = event.kind == "assessment_signed"
    title = (
        _("Risk assessment signed by a manager") if signed else _("Risk assessment sent back by a manager")
    )
    if reading is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, reading.words)


def _nrm_referred(event: Event, facts: Read) -> Words:
    row: NrmReferral | None = facts.of(event)
    return Words(_("Referred to the National Referral Mechanism"), row.made_by if row is not None else "")


def _nrm_step(event: Event, facts: Read) -> Words:
    row: NrmStep | None = facts.of(event)
    status = NrmStatus(event.data["to"]).label
    title = _("National Referral Mechanism: decision asked for")
    if event.kind == "nrm_decided":
        title = _("National Referral Mechanism: %(status)s") % {"status": str(status)}
    return Words(title, row.note if row is not None else "")


def _meeting_held(event: Event, facts: Read) -> Words:
    row: Meeting | None = facts.of(event)
    title = str(Meeting.Kind(event.data["kind"]).label)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, and_reason(row.led_by, row.decisions), withdrawn_reason=mistaken(row))


def _meeting_booked(event: Event, facts: Read) -> Words:
    row: MeetingBooking | None = facts.of(event)
    said = {"kind": Meeting.Kind(event.data["kind"]).label}
    titles = {
        "meeting_booked": _("Booked: %(kind)s") % said,
        "meeting_called_off": _("Not held: %(kind)s") % said,
    }
    title = titles[event.kind]
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    when = gov_time(row.planned_at)
    if event.kind == "meeting_called_off":
        return Words(title, and_reason(when, row.ended_why))
    taken_back = row.ended_why if row.ending == MeetingBooking.Ending.MISTAKE else ""
    return Words(title, and_reason(when, row.invited), withdrawn_reason=taken_back)


def _guardian_invitation(event: Event, facts: Read) -> Words:
    """Why is for those who may read the meeting: it may be a concern over the guardian."""
    row: GuardianInvitation | None = facts.of(event)
    said = {"kind": Meeting.Kind(event.data["kind"]).label}
    title = _("The guardian is invited: %(kind)s") % said
    if not event.data["invited"]:
        title = _("The guardian is not invited any more: %(kind)s") % said
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, and_reason(gov_time(row.booking.planned_at), row.why))


def _by_mistake(event: Event, facts: Read) -> Words:
    row: Mistake | None = facts.of(event)
    title = _("Struck through: recorded by mistake")
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    what, when = mistakes.about(row.row)
    said = _("%(what)s, %(day)s") % {"what": what, "day": gov_date(when)}
    return Words(title, and_reason(said, row.reason))


def _document_kept(event: Event, facts: Read) -> Words:
    """What it is called stands here as long as it is shown; from whom, and what it says, does not."""
    row: Document | None = facts.of(event)
    title = _("Document kept")
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    if row.destroyed_at is not None:
        return Words(title, _("Destroyed on %(day)s.") % {"day": gov_date(row.destroyed_at)})
    if row.withdrawn_at is not None:
        return Words(title, withdrawn_reason=row.withdrawn_reason)
    return Words(
        title,
        isolated(row.title),
        href=reverse("document", args=[event.child.reference, row.token]),
        link_text=_("Download"),
        link_hidden=isolated(row.title),
    )


def _document_withdrawn(event: Event, facts: Read) -> Words:
    row: Document | None = facts.of(event)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("Document withdrawn"))
    return Words(_("Document withdrawn"), row.withdrawn_reason)


def _documents_destroyed(event: Event, facts: Read) -> Words:
    number = event.data["number"]
    words = ngettext("%(number)d document", "%(number)d documents", number) % {"number": number}
    return Words(_("Documents destroyed: the time of the record has come"), words)


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "paper_held": _paper_held,
    "assessment_signed": _assessment_read,
    "assessment_sent_back": _assessment_read,
    "meeting_held": _meeting_held,
    "meeting_booked": _meeting_booked,
    "meeting_called_off": _meeting_booked,
    "guardian_invitation": _guardian_invitation,
    "recorded_by_mistake": _by_mistake,
    "document_kept": _document_kept,
    "document_withdrawn": _document_withdrawn,
    "documents_destroyed": _documents_destroyed,
    "nrm_referred": _nrm_referred,
    "nrm_decided": _nrm_step,
    "nrm_asked": _nrm_step,
    "find_me_written": _find_me_written,
    "find_me_reviewed": _find_me_reviewed,
    "room_reviewed": _room_reviewed,
    "placement_approval_asked": _placement_approved,
    "placement_approved": _placement_approved,
    "placement_refused": _placement_approved,
}
