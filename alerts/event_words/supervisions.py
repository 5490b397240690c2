"""How the timeline tells what was said of the child in the supervision of its social worker."""

from collections.abc import Callable, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words, and_reason
from cases.access import Permission
from cases.models import Discussion, Event
from cases.templatetags.govuk import gov_time


def _supervised(event: Event, facts: Read) -> Words:
    row: Discussion | None = facts.of(event)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("Supervision"))
    return Words(
        _("Supervision"),
        and_reason(row.discussed, row.direction),
        withdrawn_reason=row.withdrawn_reason,
        href=reverse("child_supervisions", args=[event.child.reference]),
        link_text=_("All supervision"),
        link_hidden=_("of which that of %(when)s is one") % {"when": gov_time(event.happened_at)},
    )


def _withdrawn(event: Event, facts: Read) -> Words:
    row: Discussion | None = facts.of(event)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("Supervision withdrawn"))
    parts = {"when": gov_time(row.supervision.held_at), "reason": row.withdrawn_reason}
    return Words(_("Supervision withdrawn"), _("The one of %(when)s. %(reason)s") % parts)


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "supervised": _supervised,
    "supervision_withdrawn": _withdrawn,
}
