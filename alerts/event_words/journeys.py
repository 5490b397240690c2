"""How the timeline tells of a journey: its plan, where the child was confirmed, and how it ended."""

from collections.abc import Callable, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words, and_reason, placed
from cases.access import Permission
from cases.models import Contact, Event, Journey
from cases.moves import isolated
from cases.templatetags.govuk import gov_time


def _planned(event: Event, facts: Read) -> Words:
    journey: Journey | None = facts.of(event)
    if journey is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("A journey was planned"))
    parts = {
        "first": isolated(journey.first_escort),
        "second": isolated(journey.second_escort),
        "whom": isolated(journey.hand_to),
    }
    text = _("Escorts: %(first)s and %(second)s. To be handed over to %(whom)s") % parts
    return Words(_("A journey was planned"), text)


def _confirmed(event: Event, facts: Read) -> Words:
    contact: Contact | None = facts.of(event)
    title = _("On the journey: confirmed at a stop")
    if event.data.get("stop") == 0:
        title = _("On the journey: picked up")
    elif event.data.get("handed_over"):
        title = _("On the journey: handed over")
    if contact is None:
        return Words(title)
    withdrawable = contact.withdrawn_at is None and Permission.RECORD_CONTACT in facts.permissions
    # Where it set out and ends may be where the child lives: of the stops between everybody reads who reads the record.
    is_end = event.data.get("stop") == 0 or bool(event.data.get("handed_over"))
    reads = Permission.SEE_RECORD in facts.permissions and (placed(facts) or not is_end)
    place = contact.note if reads else ""
    return Words(
        title,
        and_reason(_("Seen by %(name)s") % {"name": isolated(contact.witness)}, place),
        withdrawn_reason=contact.withdrawn_reason,
        href=reverse("contact_withdraw", args=[event.child.reference, contact.key]) if withdrawable else "",
        link_text=_("Withdraw"),
        link_hidden=_("%(title)s, %(when)s") % {"title": title, "when": gov_time(event.happened_at)},
    )


def _broken_off(event: Event, facts: Read) -> Words:
    journey: Journey | None = facts.of(event)
    seen = journey is not None and Permission.SEE_RECORD in facts.permissions
    return Words(_("The journey was broken off"), journey.reason if journey is not None and seen else "")


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "journey_planned": _planned,
    "journey_confirmed": _confirmed,
    "escort_link_made": lambda event, facts: Words(_("A link was made for an escort")),
    "escort_link_sent": lambda event, facts: Words(_("A link was sent to an escort")),
    "escort_link_failed": lambda event, facts: Words(_("A link did not reach an escort")),
    "escort_link_closed": lambda event, facts: Words(_("The link of an escort was closed")),
    "journey_broken_off": _broken_off,
}
