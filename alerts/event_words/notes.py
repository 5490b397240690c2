"""How the timeline tells what somebody wrote of the child."""

from collections.abc import Callable, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words, sentence
from cases.access import Permission
from cases.models import Correction, Disclosure, Event, LegalHold, Note
from cases.moves import isolated
from cases.templatetags.govuk import gov_time


def _written(event: Event, facts: Read) -> Words:
    note: Note | None = facts.of(event)
    title = str(Note.Kind(event.data["kind"]).label)
    if note is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    open_to = note.withdrawn_at is None and note.kind == Note.Kind.CASE
    may_correct = open_to and Permission.WRITE_NOTE in facts.permissions
    return Words(
        title,
        note.text,
        withdrawn_reason=note.withdrawn_reason,
        href=reverse("note_correct", args=[event.child.reference, note.key]) if may_correct else "",
        link_text=_("Correct"),
        link_hidden=_("the note of %(when)s") % {"when": gov_time(event.happened_at)},
    )


def _withdrawn(event: Event, facts: Read) -> Words:
    note: Note | None = facts.of(event)
    if note is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("Note corrected"))
    parts = {"when": gov_time(note.happened_at), "reason": note.withdrawn_reason}
    return Words(_("Note corrected"), _("The one of %(when)s. %(reason)s") % parts)


def _destroyed(event: Event, facts: Read) -> Words:
    made: Correction | None = facts.of(event)
    title = _("A wrong passage was destroyed: %(what)s") % {
        "what": str(Correction.What(event.data["what"]).label).lower()
    }
    if made is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    parts = {"reason": sentence(made.reason), "name": isolated(made.seconded_by.name)}
    return Words(title, _("%(reason)s Second person: %(name)s.") % parts)


def _held(event: Event, facts: Read) -> Words:
    row: LegalHold | None = facts.of(event)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("Legal hold set"))
    return Words(_("Legal hold set"), row.reason)


def _hold_lifted(event: Event, facts: Read) -> Words:
    row: LegalHold | None = facts.of(event)
    if row is None or row.seconded_by is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("Legal hold lifted"))
    parts = {"reason": sentence(row.lift_reason), "name": isolated(row.seconded_by.name)}
    return Words(_("Legal hold lifted"), _("%(reason)s Second person: %(name)s.") % parts)


def _disclosed(event: Event, facts: Read) -> Words:
    one: Disclosure | None = facts.of(event)
    refused = event.data.get("outcome") == Disclosure.Outcome.REFUSED
    title = _("Refused to share") if refused else _("Shared")
    if one is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(
        title,
        f"{isolated(one.body)}: {one.what}",
        href=reverse("child_disclosures", args=[event.child.reference]),
        link_text=_("Disclosure log"),
        link_hidden=title,
    )


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "note_written": _written,
    "note_withdrawn": _withdrawn,
    "disclosed": _disclosed,
    "legal_hold_set": _held,
    "legal_hold_lifted": _hold_lifted,
    "passage_destroyed": _destroyed,
}
