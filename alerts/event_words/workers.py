"""How the timeline tells of a social worker who is not there, and of who covers meanwhile.

Why, be it said or to be guessed (an absence without an end is sickness), is for whoever decides about the work.
"""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words, and_reason, cover_ended, span
from cases.access import Permission
from cases.models import Event, WorkerCover, WorkerLeave
from cases.moves import isolated


def _worker(event: Event, facts: Read) -> str:
    row: WorkerLeave | None = facts.of(event)
    return isolated(row.worker.name) if row is not None else ""


def _is_told_why(facts: Read) -> bool:
    return Permission.ALLOCATE in facts.permissions


def _said(event: Event, name: str, facts: Read) -> str:
    said = {"name": name, **span(event)}
    if said["end"]:
        return _("%(name)s, from %(start)s to %(end)s.") % said
    if _is_told_why(facts):
        return _("%(name)s, from %(start)s, without an end.") % said
    return _("%(name)s, from %(start)s.") % said


def _leave(event: Event, facts: Read) -> Words:
    return Words(_("Social worker will not be there"), _said(event, _worker(event, facts), facts))


def _leave_ended(event: Event, facts: Read) -> Words:
    return Words(_("Social worker is there again"), _worker(event, facts))


def _looked_at(event: Event, facts: Read) -> Words:
    return Words(_("Asked when the social worker comes back"), _said(event, _worker(event, facts), facts))


def _covered_by(event: Event, facts: Read) -> str:
    row: WorkerCover | None = facts.of(event)
    return isolated(row.covered_by.name) if row is not None else ""


def _by_whom(event: Event, facts: Read) -> str:
    """Who covers; a reason may tell of their own health, and is no part of the child's record."""
    reason = event.data.get("reason", "") if _is_told_why(facts) else ""
    return and_reason(_covered_by(event, facts), reason)


def _asked(event: Event, facts: Read) -> Words:
    return Words(_("A colleague was asked to cover for the social worker"), _covered_by(event, facts))


def _answered(event: Event, facts: Read) -> Words:
    title = _("Cover accepted") if event.data["accepted"] else _("Cover declined")
    return Words(title, _by_whom(event, facts))


def _ended(event: Event, facts: Read) -> Words:
    return Words(cover_ended(facts.of(event)), _by_whom(event, facts))


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "worker_leave_announced": _leave,
    "worker_leave_ended": _leave_ended,
    "worker_leave_looked_at": _looked_at,
    "worker_cover_asked": _asked,
    "worker_cover_answered": _answered,
    "worker_cover_ended": _ended,
}
