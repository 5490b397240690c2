"""The one line beside a status word: by whom, since when, by when; the same words on every screen."""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from alerts.standings import MISSING, Standing
from cases import review_dates
from cases.models import Absence, Contact, Means, MissingReview
from cases.models.child_parts import BY_OTHERS
from cases.moves import isolated
from cases.templatetags.govuk import began, by_when, gov_date, gov_time, gov_when, phone, since


def line(one: Standing, *, now: datetime, addressed: bool = True) -> str:
    """Return the sentence that is always shown with the word: "Seen 9:10am by M. Reid, face to face".

    Without the place for a reader who may not read where the child is (`addressed` False).
    """
    if not addressed and one.tag == "away":
        return _since(one, now)
    if not addressed and one.tag == "out" and one.absence is not None:
        back = _("Out, back %(by)s") % {"by": by_when(one.absence.until, now)}
        return ", ".join([back, *_asked_before(one, now)])
    return _LINES[one.tag](one, now)


def brief(one: Standing, *, now: datetime, addressed: bool = True) -> str:
    """Return the sentence without what the police said, where that stands beside it already."""
    if one.tag in MISSING:
        return _join(_since(one, now), review(one, now=now))
    if one.tag == "not_here":
        return _join(_looked(one, now), review(one, now=now))
    return line(one, now=now, addressed=addressed)


def bare(one: Standing, *, now: datetime) -> str:
    """Return since when the word stands, and nothing of the record: no name, no place."""
    if one.tag == "seen" and one.seen is not None:
        return _("Seen %(when)s") % {"when": gov_when(one.seen.happened_at, now)}
    if one.tag in ("due", "not_seen_yet") and one.due_at is not None:
        return _capital(by_when(one.due_at, now))
    return _since(one, now)


def last_seen(contact: Contact | None, *, now: datetime) -> str:
    """Return who saw the child last, how and when, or that nobody has."""
    if contact is None:
        return _("Nobody has recorded seeing this child yet")
    parts = {"when": gov_when(contact.happened_at, now), "who": isolated(contact.witness)}
    return _SEEN[contact.means](parts)


def acknowledged(one: Standing, *, now: datetime) -> str:
    """Return whether an officer has been spoken to about the open episode: "Verified with PC 1234 Shah …"."""
    if one.verified is None:
        return _("Not verified: no officer has spoken to us")
    parts = {
        "officer": one.verified.officer,
        "reference": one.verified.incident_reference,
        "when": gov_when(one.verified.at, now),
    }
    if one.verified_stale:
        return _("Verified with %(officer)s at %(when)s, not since: ask the police again") % parts
    return _("Verified with %(officer)s, reference %(reference)s, at %(when)s") % parts


def ringing(one: Standing) -> str:
    """Return who is ringing about this silence, or that nobody is; nothing where an officer has the search."""
    if one.task is None or (one.verified is not None and not one.verified_stale):
        return ""
    if one.task.taken_by is None:
        return _("Nobody is ringing yet")
    return _("%(name)s is ringing") % {"name": isolated(one.task.taken_by.name)}


def review(one: Standing, *, now: datetime) -> str:
    """Return the day of the last review that is not recorded, and of the next one: nobody is looked for less by and by.

    Nothing in the first days, whose steps are others.
    """
    if not one.reviews or one.episode is None:
        return ""
    *late, coming = one.reviews
    parts = []
    if late:
        parts.append(_("Review of %(day)s not recorded") % {"day": gov_date(late[-1].due_at)})
    if late or one.days is not None or review_dates.is_soon(coming, now):
        parts.append(_("Next review on %(day)s") % {"day": gov_date(coming.due_at)})
    return _join(*parts)


def police_asked(review: MissingReview) -> str:
    """Return what the police answered when they were asked again for a review, or why nobody had asked them."""
    if review.police_not_asked:
        return _("The police had not been asked again: %(reason)s") % {"reason": review.police_not_asked}
    if review.police_asked_at is None:
        return ""
    who = isolated(review.police_spoken_to)
    if review.police_reference:
        who = _("%(who)s, reference %(reference)s,") % {"who": who, "reference": review.police_reference}
    parts = {"when": gov_time(review.police_asked_at), "who": who, "answer": review.police_answer}
    return _("The police were asked again, %(when)s. %(who)s answered: %(answer)s") % parts


def _missing(one: Standing, now: datetime) -> str:
    return _join(_since(one, now), acknowledged(one, now=now), review(one, now=now))


def _not_here(one: Standing, now: datetime) -> str:
    return _join(_looked(one, now), acknowledged(one, now=now), review(one, now=now))


def _looked(one: Standing, now: datetime) -> str:
    if one.looked is None:
        return _since(one, now)
    return _("%(who)s looked at %(when)s") % {
        "who": isolated(one.looked.who),
        "when": gov_when(one.looked.at, now),
    }


def _back(one: Standing, now: datetime) -> str:
    episode = one.episode
    reported = _("Reported seen %(when)s, not confirmed") % {
        "when": gov_when(one.since, now) if one.since else ""
    }
    if episode is None:
        return reported
    child, police = episode.child_confirmed_at is None, episode.police_closed_at is None
    if episode.child_confirmed_at is not None:
        said = _("Confirmed with the child %(when)s")
        if episode.child_confirmed_how in BY_OTHERS:
            said = _("Told %(when)s by whoever has the child, or answers for it")
        reported = said % {"when": gov_when(episode.child_confirmed_at, now)}
    if child and police:
        left = _("Still needed: duty sees or speaks to the child, and the police close their report")
    elif child:
        left = _("Still needed: duty sees or speaks to the child")
    elif police and episode.police_owed_at is not None:
        left = _("Still needed: the police close their report")
    else:
        left = _("Nothing more is needed: the episode can be ended")
    return _join(reported, left)


def _no_record(one: Standing, now: datetime) -> str:
    silent = _since(one, now)
    if one.not_confirmed and one.episode is not None:
        said = {"reference": one.episode.reference, "when": gov_when(one.episode.since, now)}
        words = _("%(reference)s, not confirmed: nobody has recorded seeing this child")
        if one.episode.last_seen_at is not None:
            words = _("%(reference)s, not confirmed: nobody has recorded seeing this child since %(when)s")
        return _join(words % said, silent)
    return silent


def _away(one: Standing, now: datetime) -> str:
    place = one.episode.whereabouts if one.episode else ""
    if not place or one.since is None:
        return place or _since(one, now)
    return _("%(place)s, %(since)s") % {"place": place, "since": since(one.since, now)}


def _due(one: Standing, now: datetime) -> str:
    return _capital(by_when(one.due_at, now)) if one.due_at else ""


def _not_seen_yet(one: Standing, now: datetime) -> str:
    if one.due_at is None:
        return _("Nobody has recorded seeing this child yet")
    return _("Somebody must see this child %(by)s") % {"by": by_when(one.due_at, now)}


def _out(one: Standing, now: datetime) -> str:
    absence = one.absence
    if absence is None:
        return ""
    parts = [_("Back %(by)s") % {"by": by_when(absence.until, now)}, *_asked_before(one, now)]
    if absence.with_whom:
        parts.append(_("with %(who)s") % {"who": absence.with_whom})
    if absence.place:
        parts.append(absence.place)
    if absence.phone:
        parts.append(phone(absence.phone))
    return ", ".join(parts)


def _asked_before(one: Standing, now: datetime) -> list[str]:
    """Of who is out: that somebody must see them before they are to be back, as where outings count as one."""
    if one.absence is None or one.absence.kind != Absence.Kind.OUT:
        return []
    if one.due_at is None or not now < one.due_at < one.absence.until:
        return []
    return [_("to be seen %(by)s") % {"by": by_when(one.due_at, now)}]


def _seen(one: Standing, now: datetime) -> str:
    return last_seen(one.seen, now=now)


def _interview(one: Standing, now: datetime) -> str:
    seen = _seen(one, now) if one.seen is not None else ""
    owed = _("Return interview to be offered %(by)s") % {"by": by_when(one.interview_by or now, now)}
    return _join(seen, owed)


def _ended(one: Standing, now: datetime) -> str:
    if one.child.closed_at is not None:
        return _("Closed on %(date)s: %(reason)s") % {
            "date": gov_date(one.child.closed_at),
            "reason": one.child.close_reason,
        }
    if one.episode is None or one.episode.ended_at is None:
        return ""
    return _("%(outcome)s, %(reference)s ended on %(date)s") % {
        "outcome": one.episode.get_outcome_display(),
        "reference": one.episode.reference,
        "date": gov_date(one.episode.ended_at),
    }


def _since(one: Standing, now: datetime) -> str:
    if one.days is not None and one.since is not None:
        # The word beside it says for how many days.
        return _capital(began(one.since, now))
    return _capital(since(one.since, now)) if one.since else ""


def _join(*sentences: str) -> str:
    return ". ".join(sentence for sentence in sentences if sentence)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_LINES: dict[str, Callable[[Standing, datetime], str]] = {
    "missing": _missing,
    "still_missing": _missing,
    "not_here": _not_here,
    "back_to_confirm": _back,
    "told_of": _back,
    "no_record": _no_record,
    "away": _away,
    "due": _due,
    "not_seen_yet": _not_seen_yet,
    "return_interview_due": _interview,
    "out": _out,
    "seen": _seen,
    "ended": _ended,
}
_SEEN: dict[str, Callable[[dict[str, str]], str]] = {
    Means.FACE_TO_FACE: lambda parts: _("Seen %(when)s by %(who)s, face to face") % parts,
    Means.LIVE_VIDEO: lambda parts: _("Seen %(when)s by %(who)s, by live video") % parts,
    Means.PHONE: lambda parts: _("Spoke by phone at %(when)s with %(who)s") % parts,
    Means.MESSAGE: lambda parts: _("A message came at %(when)s to %(who)s") % parts,
    Means.HEARSAY: lambda parts: _("Told of by others at %(when)s") % parts,
}
