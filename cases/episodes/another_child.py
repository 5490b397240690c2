"""The verb that takes a recorded death back: it was that of another child, and this one is watched and looked for again."""

import uuid
from datetime import datetime

from django.db import transaction

from cases import log
from cases.episodes import signs
from cases.episodes.openings import locked
from cases.episodes.reports import REPORTER, SHOWN, Report, latest, report_missing
from cases.models import Child, Contact, Event, IncidentEpisode, KeepFrom, MissingEpisode, User
from cases.states import EpisodeOutcome, IllegalMove

WAS_ANOTHER = "death_was_another"
# What is not taken over from the report of the search that was ended: it is a report of its own.
_OWN = ("key", "complete", "about_to_ring", "police_told_by", "police_told_at", *REPORTER)
# What holds no more of a child who was seen since.
_AS_SEEN = ("last_seen_place", "last_seen_by", "wearing", "vehicle", "travelling")


def was_another(
    episode: MissingEpisode, *, told_by: str, reason: str, seconded_by: User, by: User, at: datetime
) -> MissingEpisode:
    """Two people say that the death with which the episode ended was not that of its child; return the search that runs.

    Nothing is deleted: the ending stays as it was written, and the episode counts for no death any more. Unless the last
    that was said of the child since is that somebody who is believed saw or spoke to it, it is reported missing anew with
    what was known of it, in the same commit, so that the police are told at once; else the episode itself is returned. A
    case that was closed after the death is open again. The same words of the same person again return what came of them.
    Raises `IllegalMove` for what is missing, for one person alone, for whom the child is kept from, and for an episode
    that did not end with a death.
    """
    if seconded_by.pk == by.pk:
        raise IllegalMove("This takes two people: the second is somebody other than you.")
    if not told_by.strip() or not reason.strip():
        raise IllegalMove("Enter who told you, and why it is another child.")
    with transaction.atomic():
        child, episode = locked(episode)
        before = taken_back(episode, told_by=told_by, reason=reason, by=by)
        if before is not None:
            return before
        if KeepFrom.objects.filter(child=child, user__in=(by, seconded_by), ends_at=None).exists():
            raise IllegalMove("Somebody else on duty must record it.")
        episode.outcome = EpisodeOutcome.ANOTHER_CHILD
        episode.save(update_fields=["outcome"])
        reopened = _reopen(child, episode, at)
        said = {"told_by": told_by.strip(), "reason": reason.strip()}
        data = {"episode": episode.number, "seconded_by": seconded_by.pk, "second": seconded_by.name, **said}
        log.record(
            child,
            WAS_ANOTHER,
            subject=episode,
            data=data | ({"reopened": True} if reopened else {}),
            by=by,
            at=at,
        )
        return _go_on(child, episode, by=by, at=at)


def taken_back(episode: MissingEpisode, *, told_by: str, reason: str, by: User) -> MissingEpisode | None:
    """What came of the same words of `by` before: the search that was begun with them, or the episode; else None.

    Raises `IllegalMove` for an episode that ended with no death, and for a death that is taken back in other words.
    """
    if episode.outcome == EpisodeOutcome.DIED:
        return None
    if episode.outcome != EpisodeOutcome.ANOTHER_CHILD:
        raise IllegalMove("This episode did not end with a death.")
    events = Event.objects.filter(child=episode.child_id, kind=WAS_ANOTHER, subject_id=episode.pk)
    event = events.order_by("number").last()
    said = (told_by.strip(), reason.strip(), by.pk)
    if event is None or (event.data["told_by"], event.data["reason"], event.actor_id) != said:
        raise IllegalMove("Somebody has recorded already that the death was of another child.")
    begun = MissingEpisode.objects.filter(child=episode.child_id, number__gt=episode.number)
    return begun.filter(opened_at=event.recorded_at).first() or episode


def _go_on(child: Child, episode: MissingEpisode, *, by: User, at: datetime) -> MissingEpisode:
    """The search that is begun, unless the last that was said of the child is that somebody was with it."""
    died_at = _died_at(episode)
    sighting, missed_at = signs.last_sighting(episode, died_at), signs.last_missed_at(episode, died_at)
    if sighting is not None and (missed_at is None or missed_at < sighting.happened_at):
        return episode
    anew = report_missing(child, _report(episode, sighting), by=by, at=at)
    _with_the_others(episode, anew, by=by, at=at)
    return anew


def _with_the_others(episode: MissingEpisode, anew: MissingEpisode, *, by: User, at: datetime) -> None:
    """Whoever the child went missing with went along still; that it was so in the search before stays as well."""
    row = (
        IncidentEpisode.objects.filter(episode=episode, withdrawn_at=None).select_related("incident").first()
    )
    if row is None:
        return
    incident = row.incident.merged_into or row.incident
    new = IncidentEpisode.objects.create(
        incident=incident, child=anew.child, episode=anew, recorded_at=at, recorded_by=by
    )
    log.record(anew.child, "went_together", subject=new, data={"episode": anew.number}, by=by, at=at)


def _reopen(child: Child, episode: MissingEpisode, at: datetime) -> bool:
    """A case that was closed since the death was closed for it: nobody would watch the child."""
    if child.closed_at is None or episode.ended_at is None or child.closed_at < episode.ended_at:
        return False
    child.reopened_at = max(at, child.closed_at)
    child.closed_at, child.close_reason = None, ""
    child.save(update_fields=["closed_at", "close_reason", "reopened_at"])
    return True


def _died_at(episode: MissingEpisode) -> datetime:
    known = (episode.found_at, episode.child_confirmed_told_at, episode.ended_at)
    return min(moment for moment in known if moment is not None)


def _report(episode: MissingEpisode, sighting: Contact | None) -> Report:
    """What was known of the child when it was last looked for: it has been gone since then, or since the `sighting`.

    What was seen of it before that is known no more.
    """
    before = latest(episode)
    names = [name for name in Report.__dataclass_fields__ if name not in _OWN]
    kept = {name: getattr(before, name) for name in names if name != "police_rung"} if before else {}
    kept |= {
        name: getattr(episode, name) for name in SHOWN if name != "police_rung" and getattr(episode, name)
    }
    kept["last_seen_at"] = episode.last_seen_at or episode.since
    if sighting is not None:
        kept = {name: value for name, value in kept.items() if name not in _AS_SEEN}
        kept["last_seen_at"] = sighting.happened_at
    return Report(**kept, key=uuid.uuid4())
