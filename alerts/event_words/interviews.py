"""Words for what was asked of a child who is back: by somebody independent, and by an officer."""

from collections.abc import Callable, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words, and_reason, sentence
from cases.access import Permission
from cases.models import Event, PreventionInterview, ReturnInterview


def _interview(event: Event, facts: Read) -> Words:
    corrected = event.kind == "return_interview_corrected"
    title = _("Return interview corrected or completed") if corrected else _("Return interview written down")
    if event.kind == "return_interview_withdrawn":
        title = _("Return interview withdrawn")
    row: ReturnInterview | None = facts.of(event)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(
        title,
        row.withdrawn_reason
        if event.kind == "return_interview_withdrawn"
        else str(row.get_outcome_display()),
        withdrawn_reason="" if event.kind == "return_interview_withdrawn" else row.withdrawn_reason,
        href=reverse("return_interview", args=[row.episode.reference]),
        link_text=_("Open the interview"),
        link_hidden=row.episode.reference,
    )


def _prevention(event: Event, facts: Read) -> Words:
    titles = {
        "prevention_interview_written": _("Prevention interview written down"),
        "prevention_interview_corrected": _("Prevention interview corrected or completed"),
        "prevention_interview_withdrawn": _("Prevention interview withdrawn"),
    }
    row: PreventionInterview | None = facts.of(event)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(titles[event.kind])
    withdrawn = event.kind == "prevention_interview_withdrawn"
    held_by = _("Held by %(officer)s") % {"officer": row.officer}
    alone = _("Seen alone: %(answer)s.") % {"answer": row.get_seen_alone_display()}
    return Words(
        titles[event.kind],
        row.withdrawn_reason if withdrawn else and_reason(sentence(held_by), alone),
        withdrawn_reason="" if withdrawn else row.withdrawn_reason,
        href=reverse("episode_prevention", args=[row.episode.reference]),
        link_text=_("Open the interview"),
        link_hidden=row.episode.reference,
    )


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "return_interview_written": _interview,
    "return_interview_corrected": _interview,
    "return_interview_withdrawn": _interview,
    "prevention_interview_written": _prevention,
    "prevention_interview_corrected": _prevention,
    "prevention_interview_withdrawn": _prevention,
}
