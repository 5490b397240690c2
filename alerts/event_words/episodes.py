"""How the timeline tells of missing episodes and of what the police said."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts import endings, sentences
from alerts.event_words.words import Read, Words, and_reason, placed, sentence
from alerts.models import LinkAcknowledgement, Reply, Verification
from alerts.releases import FIELDS, Side
from cases.access import Permission
from cases.models import (
    ChildPart,
    EpisodeCall,
    EpisodeDecision,
    EpisodeFinding,
    EpisodeGrade,
    EpisodeUpdate,
    Event,
    FoundMatch,
    IncidentEpisode,
    MissingEpisode,
    MissingReview,
    QuarantinedFile,
)
from cases.moves import isolated
from cases.states import EpisodeOutcome
from cases.templatetags.govuk import gov_date, phone


def _episode(
    title: Callable[[], str],
    text: Callable[[MissingEpisode], str] = lambda episode: "",
    *,
    tells_place: bool = False,
) -> Any:
    def words(event: Event, facts: Read) -> Words:
        episode: MissingEpisode | None = facts.of(event)
        if episode is None:
            return Words(title())
        return Words(
            title(),
            text(episode) if placed(facts) or not tells_place else "",
            href=reverse("episode", args=[episode.reference]),
            link_text=_("Open episode"),
            link_hidden=episode.reference,
        )

    return words


def _opened_as_given(event: Event, facts: Read) -> Words:
    given: LinkAcknowledgement | None = facts.of(event)
    force = facts.forces.get(event.data.get("force", ""), "")
    if given is None:
        return Words(_("Alert opened by the police, not verified"), force)
    return Words(
        _("Alert opened by somebody of the police, not verified"),
        _("%(force)s, reference %(reference)s") % {"force": force, "reference": given.incident_reference}
        if given.incident_reference
        else force,
        by=_("%(name)s %(number)s, as given") % {"name": isolated(given.name), "number": given.collar_number},
    )


def _police_verified(event: Event, facts: Read) -> Words:
    verification: Verification | None = facts.of(event)
    if verification is None:
        return Words(_("Verified with the police"))
    return Words(
        _("Verified with %(officer)s") % {"officer": verification.officer},
        _("%(force)s, reference %(reference)s")
        % {"force": verification.force.name, "reference": verification.incident_reference},
    )


def _reference_recorded(event: Event, facts: Read) -> Words:
    force = facts.forces.get(event.data.get("force", ""), "")
    if event.kind == "away_reference_recorded":
        return Words(_("Police reference recorded of the child as away, not as missing"), force)
    return Words(_("Police reference recorded"), force)


def _code_given(event: Event, facts: Read) -> Words:
    officer = f"{isolated(event.data.get('officer', ''))} {event.data.get('collar_number', '')}".strip()
    force = facts.forces.get(event.data.get("force", ""), "")
    return Words(
        _("Code for photo and details read out to an officer"),
        ", ".join(part for part in (officer, force) if part),
    )


def _profile_seen(event: Event, facts: Read) -> Words:
    return Words(
        _("Photo and details shown to the police"), facts.forces.get(event.data.get("force", ""), "")
    )


def _codes_wrong(event: Event, facts: Read) -> Words:
    return Words(
        _("Ten wrong codes on a police link: photo and details are closed there for an hour"),
        facts.forces.get(event.data.get("force", ""), ""),
    )


def _link_revoked(event: Event, facts: Read) -> Words:
    return Words(_("Link in a police mail closed"), facts.forces.get(event.data.get("force", ""), ""))


def _link_renewed(event: Event, facts: Read) -> Words:
    title = _("The police asked for a new link, and it was mailed to their mailbox")
    return Words(title, facts.forces.get(event.data.get("force", ""), ""))


def _reply(event: Event, facts: Read) -> Words:
    reply: Reply | None = facts.of(event)
    force = facts.forces.get(event.data.get("force", ""), "")
    signed_in = bool(event.data.get("signed_in"))
    title = _("Reply to the police alert, as written; it confirms nothing")
    if signed_in:
        title = _("The police wrote to the council; it confirms nothing")
    if reply is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title, force)
    if signed_in:
        return Words(title, reply.text, by=", ".join(part for part in (event.actor_label, force) if part))
    return Words(title, reply.text, by=_("%(sender)s, by mail") % {"sender": force or reply.sender or "–"})


def _file_decided(event: Event, facts: Read) -> Words:
    """What was decided of a file that came by mail: its name is its sender's word for it."""
    file: QuarantinedFile | None = facts.of(event)
    title = _("A file that came by mail was released")
    if event.kind == "attachment_left":
        title = _("A file that came by mail was not released")
    if file is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, and_reason(sentence(isolated(file.name)), file.reason))


def _outcome(episode: MissingEpisode) -> str:
    return and_reason(episode.get_outcome_display(), episode.outcome_note)


def _found_with(episode: MissingEpisode) -> str:
    if episode.child_confirmed_how != ChildPart.SPOKE:
        return ""
    return _("Spoke to the child and to %(adult)s there, on %(phone)s") % {
        "adult": episode.child_confirmed_adult,
        "phone": phone(episode.child_confirmed_phone),
    }


def _told_by(how: ChildPart) -> Callable[[MissingEpisode], str]:
    """Who said it, for which office and on which number, while it is how the first part stands."""

    def words(episode: MissingEpisode) -> str:
        if episode.child_confirmed_how != how:
            return ""
        said = (episode.child_confirmed_adult, episode.child_confirmed_office_name)
        return ", ".join([*(isolated(word) for word in said if word), endings.office_call(episode)])

    return words


def _closing(episode: MissingEpisode) -> str:
    force = episode.police_closed_force
    if force is None:
        return ""
    return _("%(officer)s, %(force)s") % {"officer": episode.police_closed_officer, "force": force.name}


def _voided(event: Event, facts: Read) -> Words:
    parts = {
        "child_confirmed": _("the return, with the child"),
        "police_closed": _("the police closing"),
    }
    again = [parts[part] for part in event.data.get("parts", ()) if part in parts]
    title = _("What was recorded of the ending holds no more")
    return Words(title, _("To be confirmed anew: %(parts)s") % {"parts": ", ".join(again)})


def _review_held(event: Event, facts: Read) -> Words:
    review: MissingReview | None = facts.of(event)
    if review is None:
        return Words(_("Review of the missing episode held"))
    chair = sentence(_("Led by %(name)s") % {"name": review.chair})
    said = f"{sentence(and_reason(chair, review.note))} {sentences.police_asked(review)}".strip()
    return Words(review.get_kind_display(), said, withdrawn_reason=review.withdrawn_reason)


def _review_withdrawn(event: Event, facts: Read) -> Words:
    title = _("Record of a review withdrawn")
    review: MissingReview | None = facts.of(event)
    if review is None:
        return Words(title)
    if review.due_at is None:
        return Words(title, f"{review.get_kind_display()}: {review.withdrawn_reason}")
    parts = {
        "review": review.get_kind_display(),
        "day": gov_date(review.due_at),
        "reason": review.withdrawn_reason,
    }
    return Words(title, _("%(review)s, due on %(day)s: %(reason)s") % parts)


def _released(event: Event, facts: Read) -> Words:
    """Which line, and to whom: for those who read the interview itself."""
    released = event.kind == "line_released"
    title = _("A line released") if released else _("A released line taken back")
    if Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    field = event.data["field"]
    line = str(FIELDS[field]) if field in FIELDS else _("What the police wrote")
    return Words(title, _("%(side)s: %(line)s") % {"side": Side(event.data["side"]).label, "line": line})


def _update(event: Event, facts: Read) -> Words:
    update: EpisodeUpdate | None = facts.of(event)
    if update is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("Update of the episode"))
    return Words(
        _("Update of the episode, from the %(side)s") % {"side": update.get_side_display().lower()},
        update.text,
    )


def _call(event: Event, facts: Read) -> Words:
    call: EpisodeCall | None = facts.of(event)
    if call is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("Call about the episode"))
    answered = call.answered_by or _("Nobody answered")
    title = f"{call.get_direction_display()}: {call.party}"
    return Words(title, and_reason(sentence(answered), call.said))


def _decided(event: Event, facts: Read) -> Words:
    row: EpisodeDecision | None = facts.of(event)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("A decision in the search"))
    title = f"{row.get_kind_display()}: {row.get_answer_display().lower()}"
    return Words(title, and_reason(sentence(row.decided_by), row.reason))


def _found_out(event: Event, facts: Read) -> Words:
    row: EpisodeFinding | None = facts.of(event)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("Somebody told us what they found"))
    title = _("Found out: %(source)s, %(who)s") % {
        "source": row.get_source_display(),
        "who": isolated(row.told_by),
    }
    # Intelligence is read on its own page.
    return Words(title, _("Intelligence, kept apart") if row.is_intelligence else row.text)


def _graded(event: Event, facts: Read) -> Words:
    row: EpisodeGrade | None = facts.of(event)
    if row is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("Episode graded"))
    title = (
        _("Police grade: %(grade)s") if row.whose == EpisodeGrade.Whose.POLICE else _("Our grade: %(grade)s")
    )
    return Words(title % {"grade": row.words.lower()}, row.reason)


def _found(event: Event, facts: Read) -> Words:
    parts = {"found": event.data.get("found", "")}
    if event.kind == "found_proposed":
        return Words(_("A found child, %(found)s, may be this one: duty is asked") % parts)
    if event.kind == "found_closed":
        return Words(_("Of the found child %(found)s nobody is asked any more") % parts)
    row: FoundMatch | None = facts.of(event)
    said = FoundMatch.Answer(event.data["answer"]).label
    title = _("About the found child %(found)s: %(said)s") % (parts | {"said": str(said).lower()})
    return Words(title, row.note if row is not None else "")


def _compact(event: Event, facts: Read) -> Words:
    return Words(_("COMPACT number recorded"), facts.forces.get(event.data.get("force", ""), ""))


def _apart(event: Event, facts: Read) -> Words:
    row: IncidentEpisode | None = facts.of(event)
    title = _("Taken back: the child did not go missing with the others")
    return Words(title, row.withdrawn_reason if row is not None else "")


def _bed_kept(event: Event, facts: Read) -> Words:
    day = date.fromisoformat(str(event.data["until"]))
    return Words(_("The bed is kept until %(day)s, say those who run the placement") % {"day": gov_date(day)})


def _another_child(event: Event, facts: Read) -> Words:
    words = _("The recorded death was that of another child, says %(second)s too")
    return Words(words % {"second": isolated(event.data.get("second", ""))})


def _put_right(event: Event, facts: Read) -> Words:
    parts = {name: EpisodeOutcome(event.data[name]).label for name in ("outcome", "was")}
    return Words(_("How it ended is put right: %(outcome)s. It was written: %(was)s") % parts)


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "reported_missing": _episode(lambda: _("Reported missing"), lambda episode: episode.why_worried),
    "missing_report_changed": _episode(lambda: _("Missing report completed or changed")),
    "away_reported": _episode(
        lambda: _("Reported away, whereabouts known"), lambda e: e.whereabouts, tells_place=True
    ),
    "became_missing": _episode(lambda: _("Became missing: whereabouts no longer known")),
    "episode_confirmed": _episode(lambda: _("Episode confirmed: missing")),
    "reported_seen": _episode(lambda: _("Reported seen, not confirmed")),
    "return_confirmed_with_child": _episode(
        lambda: _("Return confirmed with the child"), _found_with, tells_place=True
    ),
    "office_has_child": _episode(
        lambda: _("Told by whoever has the child"), _told_by(ChildPart.OFFICE), tells_place=True
    ),
    "death_told": _episode(
        lambda: _("Told by an office that the child has died"), _told_by(ChildPart.DEATH), tells_place=True
    ),
    "asked_after_death": _episode(
        lambda: _("Said to be alive or gone after a death was recorded: the duty desk is asked")
    ),
    "death_was_another": _another_child,
    "outcome_put_right": _put_right,
    "bed_kept": _bed_kept,
    "police_closing_recorded": _episode(lambda: _("Police closed their report"), _closing),
    "ending_voided": _voided,
    "episode_ended": _episode(lambda: _("Episode ended"), _outcome),
    "went_together": lambda event, facts: Words(_("Said to have gone missing together with another child")),
    "went_apart": _apart,
    "police_reference_recorded": _reference_recorded,
    "away_reference_recorded": _reference_recorded,
    "police_verified": _police_verified,
    "reply_received": _reply,
    "attachment_released": _file_decided,
    "attachment_left": _file_decided,
    "compact_recorded": _compact,
    "found_proposed": _found,
    "found_answered": _found,
    "found_closed": _found,
    "episode_update": _update,
    "episode_call": _call,
    "episode_decided": _decided,
    "episode_found_out": _found_out,
    "episode_graded": _graded,
    "opened_as_given": _opened_as_given,
    "police_link_revoked": _link_revoked,
    "police_code_given": _code_given,
    "police_profile_seen": _profile_seen,
    "police_codes_wrong": _codes_wrong,
    "police_link_renewed": _link_renewed,
    "review_held": _review_held,
    "review_withdrawn": _review_withdrawn,
    "line_released": _released,
    "line_taken_back": _released,
}
