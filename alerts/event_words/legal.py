"""Events of a child's legal status."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words
from cases.access import Permission
from cases.models import Event, LegalStatus


def _begun(event: Event, facts: Read) -> Words:
    row: LegalStatus | None = facts.of(event)
    title = _("Legal status begun")
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, f"{row.get_code_display()} ({row.code})")


def _ended(event: Event, facts: Read) -> Words:
    row: LegalStatus | None = facts.of(event)
    title = _("Legal status ended")
    if event.data.get("late"):
        title = _("Police protection ended by law after 72 hours, and what follows came later")
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    # An end that was taken back since, or recorded anew, is in the history of the row.
    if row.ends_at != event.happened_at:
        return Words(title, f"{row.get_code_display()} ({row.code})")
    return Words(title, f"{row.get_code_display()} ({row.code}). {row.get_ending_display()}: {row.ended_how}")


def _withdrawn(event: Event, facts: Read) -> Words:
    row: LegalStatus | None = facts.of(event)
    title = _("Legal status withdrawn: recorded by mistake")
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, f"{row.get_code_display()} ({row.code}). {row.withdrawn_reason}")


def _stands_again(event: Event, facts: Read) -> Words:
    row: LegalStatus | None = facts.of(event)
    title = _("Police protection stands again: what followed it was recorded by mistake")
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, f"{row.get_code_display()} ({row.code})")


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "legal_status_begun": _begun,
    "legal_status_ended": _ended,
    "legal_status_withdrawn": _withdrawn,
    "legal_status_stands_again": _stands_again,
}
