"""Events of an independent reviewing officer."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words
from cases.access import Permission
from cases.models import Event, ReviewingOfficer
from cases.moves import isolated


def _officer(event: Event, facts: Read) -> Words:
    row: ReviewingOfficer | None = facts.of(event)
    titles = {
        "reviewing_officer_named": _("Independent reviewing officer named"),
        "reviewing_officer_ended": _("Independent reviewing officer no more"),
        "reviewing_officer_withdrawn": _("Independent reviewing officer withdrawn: recorded by mistake"),
        "reviewing_officer_again": _(
            "Independent reviewing officer again: who came after was recorded by mistake"
        ),
    }
    title = titles[event.kind]
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    who = isolated(row.said_name)
    if event.kind == "reviewing_officer_ended" and row.ended_as:
        why = row.ended_why or row.get_ended_as_display()
        return Words(title, f"{who}. {why}")
    if event.kind == "reviewing_officer_withdrawn":
        return Words(title, f"{who}. {row.withdrawn_reason}")
    reason = row.withdrawn_reason if event.kind == "reviewing_officer_named" else ""
    return Words(title, who, withdrawn_reason=reason)


KINDS = (
    "reviewing_officer_named",
    "reviewing_officer_ended",
    "reviewing_officer_withdrawn",
    "reviewing_officer_again",
)
WORDS: Mapping[str, Callable[[Event, Read], Words]] = dict.fromkeys(KINDS, _officer)
