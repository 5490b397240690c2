"""How the timeline tells that care of the child has ended, and that it has begun again."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from alerts.event_words.marks import lifted
from alerts.event_words.words import Read, Words, sentence
from cases.access import Permission
from cases.models import CareEnd, Event
from cases.moves import isolated


def _ended(event: Event, facts: Read) -> Words:
    row: CareEnd | None = facts.of(event)
    title = lifted(_("Care has ended: the child is looked after no longer"), event)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    parts = {
        "code": f"{row.get_code_display()} ({row.code})",
        "reason": sentence(row.reason),
        "name": isolated(row.seconded_by.name),
    }
    return Words(title, _("%(code)s. %(reason)s Second person: %(name)s.") % parts)


def _again(event: Event, facts: Read) -> Words:
    row: CareEnd | None = facts.of(event)
    may_read = row is not None and Permission.SEE_RECORD in facts.permissions
    return Words(_("The child is looked after again"), row.again_reason if row and may_read else "")


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "looked_after_ended": _ended,
    "looked_after_again": _again,
}
