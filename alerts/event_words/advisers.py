"""Events of a personal adviser."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words
from cases.access import Permission
from cases.models import Event, PersonalAdviser
from cases.moves import isolated


def _adviser(event: Event, facts: Read) -> Words:
    row: PersonalAdviser | None = facts.of(event)
    titles = {
        "adviser_appointed": _("Personal adviser appointed"),
        "adviser_ended": _("Personal adviser has left"),
        "adviser_confirmed": _("Personal adviser goes on"),
        "adviser_withdrawn": _("Personal adviser withdrawn: recorded by mistake"),
        "adviser_stands_again": _("Personal adviser again: who came after was recorded by mistake"),
    }
    title = titles[event.kind]
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    who = f"{isolated(row.name)}, {isolated(row.organisation)}"
    if event.kind == "adviser_ended" and row.ended_why:
        return Words(title, f"{who}. {row.ended_why}")
    if event.kind == "adviser_withdrawn":
        return Words(title, f"{who}. {row.withdrawn_reason}")
    reason = row.withdrawn_reason if event.kind == "adviser_appointed" else ""
    return Words(title, who, withdrawn_reason=reason)


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "adviser_appointed": _adviser,
    "adviser_ended": _adviser,
    "adviser_confirmed": _adviser,
    "adviser_withdrawn": _adviser,
    "adviser_stands_again": _adviser,
}
