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
    }
    title = titles[event.kind]
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    who = f"{isolated(row.name)}, {isolated(row.organisation)}"
    return Words(title, who if event.kind == "adviser_appointed" else f"{who}. {row.ended_why}")


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "adviser_appointed": _adviser,
    "adviser_ended": _adviser,
}
