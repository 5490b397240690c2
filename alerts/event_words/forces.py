"""What is said of the forces of a search: alerted, in the case, leading it, and one that has ended."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words, and_reason
from cases.models import EpisodeOfficer, Event, ForceOffer


def _force_added(event: Event, facts: Read) -> Words:
    force = facts.forces.get(event.data.get("force", ""), "")
    return Words(_("Another force was alerted"), force)


def _force_succeeded(event: Event, facts: Read) -> Words:
    parts = {name: facts.forces.get(event.data.get(name, ""), "") for name in ("force", "to_force")}
    return Words(_("%(force)s has ended: the search is with %(to_force)s") % parts)


def _officer(event: Event, facts: Read) -> Words:
    row: EpisodeOfficer | None = facts.of(event)
    force = facts.forces.get(event.data.get("force", ""), "")
    left = event.kind == "officer_left"
    title = _("The officer in the case has left it") if left else _("Officer in the case")
    return Words(title, ", ".join(part for part in (row.name if row is not None else "", force) if part))


def _offered(event: Event, facts: Read) -> Words:
    row: ForceOffer | None = facts.of(event)
    parts = {
        "force": facts.forces.get(event.data.get("force", ""), ""),
        "to": facts.forces.get(event.data.get("to_force", ""), ""),
    }
    if event.kind == "force_offered":
        title = _("%(force)s asked %(to)s to take the search over") % parts
        return Words(title, and_reason(row.offered_name, row.reason) if row is not None else "")
    titles = {
        ForceOffer.Answer.ACCEPTED: _("%(to)s leads the search now, and no more %(force)s"),
        ForceOffer.Answer.DECLINED: _("%(to)s does not take the search over: %(force)s leads it"),
        ForceOffer.Answer.WITHDRAWN: _("%(force)s leads the search on, and asks %(to)s no more"),
    }
    title = titles[ForceOffer.Answer(event.data["answer"])] % parts
    if row is None:
        return Words(title)
    return Words(title, and_reason(row.answered_name, row.incident_reference or row.answer_reason))


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "force_added": _force_added,
    "force_succeeded": _force_succeeded,
    "officer_named": _officer,
    "officer_left": _officer,
    "force_offered": _offered,
    "force_offer_answered": _offered,
}
