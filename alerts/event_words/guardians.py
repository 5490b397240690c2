"""How the timeline tells of a guardian who is not there, and of who covers meanwhile."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words, and_reason, cover_ended, span
from cases.models import Event
from cases.moves import isolated
from cases.templatetags.govuk import gov_date
from guardians.models import (
    CouncilConcern,
    GuardianAssignment,
    GuardianCover,
    GuardianLeave,
    GuardianLook,
    GuardianReferral,
    GuardianReferralStep,
    GuardianTerms,
)
from guardians.states import ReferralStatus


def _leave(event: Event, facts: Read) -> Words:
    row: GuardianLeave | None = facts.of(event)
    title = _("Guardian will not be there")
    if row is None:
        return Words(title)
    said = {"name": isolated(row.guardian.name), "why": row.get_kind_display().lower(), **span(event)}
    if row.kind == GuardianLeave.Kind.CAPACITY:
        return Words(title, _("%(name)s, %(why)s, from %(start)s.") % said)
    # Whether it is leave or sickness is for them and their service (docs/adr/0062).
    return Words(title, _("%(name)s, from %(start)s to %(end)s.") % said)


def _leave_ended(event: Event, facts: Read) -> Words:
    row: GuardianLeave | None = facts.of(event)
    return Words(_("Guardian is there again"), isolated(row.guardian.name) if row is not None else "")


def _checks(event: Event, facts: Read) -> Words:
    row: GuardianTerms | None = facts.of(event)
    title, until = _("Guardian’s checks on record"), event.data.get("until")
    if row is None or not until:
        return Words(title, isolated(row.guardian.name) if row is not None else "")
    said = {"name": isolated(row.guardian.name), "end": gov_date(datetime.fromisoformat(until).date())}
    return Words(title, _("%(name)s, until %(end)s.") % said)


def _covered_by(event: Event, facts: Read) -> str:
    row: GuardianCover | None = facts.of(event)
    return isolated(row.covered_by.name) if row is not None else ""


def _asked(event: Event, facts: Read) -> Words:
    said = {"name": _covered_by(event, facts), **span(event)}
    return Words(
        _("A colleague was asked to cover for the guardian"),
        _("%(name)s, from %(start)s to %(end)s.") % said,
    )


def _answered(event: Event, facts: Read) -> Words:
    title = _("Cover accepted") if event.data["accepted"] else _("Cover declined")
    return Words(title, and_reason(_covered_by(event, facts), event.data.get("reason", "")))


def _cover_ended(event: Event, facts: Read) -> Words:
    title = cover_ended(facts.of(event))
    return Words(title, and_reason(_covered_by(event, facts), event.data.get("reason", "")))


def _address(event: Event, facts: Read) -> Words:
    row: GuardianAssignment | None = facts.of(event)
    title = (
        _("Guardian may read the address")
        if event.data["allowed"]
        else _("Guardian may not read the address")
    )
    name = isolated(row.guardian.name) if row is not None else ""
    return Words(title, and_reason(name, event.data.get("reason", "")))


def _promise(event: Event, facts: Read) -> Words:
    row: CouncilConcern | None = facts.of(event)
    day = event.data.get("by_date")
    if row is None or not day:
        return Words(_("A guardian raised a concern about the council"))
    said = {"name": isolated(row.promised_by), "day": gov_date(date.fromisoformat(day))}
    return Words(_("Promised to the guardian"), _("%(name)s, by %(day)s.") % said)


def _promise_ended(event: Event, facts: Read) -> Words:
    if event.data.get("by_date"):
        return Words(_("What was promised to the guardian is closed"))
    return Words(_("A guardian’s concern about the council is closed"))


def _referred(event: Event, facts: Read) -> Words:
    row: GuardianReferral | None = facts.of(event)
    title = _("Referred to a guardian service")
    return Words(title, and_reason(isolated(row.service.name), row.reason) if row is not None else "")


def _referral_moved(event: Event, facts: Read) -> Words:
    row: GuardianReferralStep | None = facts.of(event)
    title = _("Guardian referral: %(what)s") % {"what": ReferralStatus(event.data["to"]).label.lower()}
    if row is None:
        return Words(title)
    return Words(title, and_reason(isolated(row.referral.service.name), said_of(row)))


def said_of(row: GuardianReferralStep) -> str:
    """The place on a waiting list, the day on which a guardian is expected, and the words of this step."""
    parts = []
    if row.place is not None:
        parts.append(_("Number %(place)s on the list.") % {"place": row.place})
    if row.expected_date is not None:
        parts.append(_("A guardian is expected by %(day)s.") % {"day": gov_date(row.expected_date)})
    return " ".join([*parts, *([row.note] if row.note else [])])


def _looked(event: Event, facts: Read) -> Words:
    row: GuardianLook | None = facts.of(event)
    if event.kind == "guardian_look_withdrawn":
        return Words(_("Withdrawn that the guardian goes on"), row.reason if row is not None else "")
    title = _("The guardian of the missing child goes on")
    if row is None:
        return Words(title)
    taken_back = row.taken_back.reason if hasattr(row, "taken_back") else ""
    return Words(title, row.reason, withdrawn_reason=taken_back)


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "guardian_leave_announced": _leave,
    "guardian_leave_ended": _leave_ended,
    "guardian_checks_recorded": _checks,
    "guardian_address_allowed": _address,
    "guardian_cover_asked": _asked,
    "guardian_cover_answered": _answered,
    "guardian_cover_ended": _cover_ended,
    "guardian_goes_on": _looked,
    "guardian_look_withdrawn": _looked,
    "guardian_referred": _referred,
    "guardian_referral_moved": _referral_moved,
    "council_promise_raised": _promise,
    "council_promise_ended": _promise_ended,
}
