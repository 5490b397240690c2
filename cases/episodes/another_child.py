"""The verb that takes a recorded death back: it was that of another child, and this one is watched and looked for again."""

import uuid
from datetime import datetime

from django.db import transaction

from cases import log
from cases.episodes import signs
from cases.episodes.openings import locked
from cases.episodes.reports import SHOWN, Report, latest, report_missing
from cases.models import Child, KeepFrom, MissingEpisode, User
from cases.states import EpisodeOutcome, IllegalMove

WAS_ANOTHER = "death_was_another"
# What is not taken over from the report of the search that was ended: it is a report of its own.
_OWN = ("key", "complete", "about_to_ring")


def was_another(
    episode: MissingEpisode, *, told_by: str, reason: str, seconded_by: User, by: User, at: datetime
) -> MissingEpisode:
    """Two people say that the death with which the episode ended was not that of its child; return the search that runs.

    Nothing is deleted: the ending stays as it was written, and the episode counts for no death any more. Unless somebody
    who is believed has seen or spoken to the child since, it is reported missing anew with what was known of it, in the
    same commit, so that the police are told at once; of a child who was seen the episode itself is returned. A case that
    was closed after the death is open again. Raises `IllegalMove` for what is missing, for one person alone, for whom
    the child is kept from, and for an episode that did not end with a death.
    """
    if seconded_by.pk == by.pk:
        raise IllegalMove("This takes two people: the second is somebody other than you.")
    if not told_by.strip() or not reason.strip():
        raise IllegalMove("Enter who told you, and why it is another child.")
    with transaction.atomic():
        child, episode = locked(episode)
        if episode.outcome != EpisodeOutcome.DIED:
            raise IllegalMove("This episode did not end with a death.")
        if KeepFrom.objects.filter(child=child, user__in=(by, seconded_by), ends_at=None).exists():
            raise IllegalMove("Somebody else on duty must record it.")
        episode.outcome = EpisodeOutcome.ANOTHER_CHILD
        episode.save(update_fields=["outcome"])
        reopened = _reopen(child, episode)
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
        if signs.stands(episode, _died_at(episode)):
            return episode
        return report_missing(child, _report(episode), by=by, at=at)


def _reopen(child: Child, episode: MissingEpisode) -> bool:
    """A case that was closed since the death was closed for it: nobody would watch the child."""
    if child.closed_at is None or episode.ended_at is None or child.closed_at < episode.ended_at:
        return False
    child.closed_at, child.close_reason = None, ""
    child.save(update_fields=["closed_at", "close_reason"])
    return True


def _died_at(episode: MissingEpisode) -> datetime:
    known = (episode.found_at, episode.child_confirmed_told_at, episode.ended_at)
    return min(moment for moment in known if moment is not None)


def _report(episode: MissingEpisode) -> Report:
    """What was known of the child when it was last looked for: it has been gone since then."""
    before = latest(episode)
    names = [name for name in Report.__dataclass_fields__ if name not in _OWN]
    kept = {name: getattr(before, name) for name in names if name != "police_rung"} if before else {}
    kept |= {
        name: getattr(episode, name) for name in SHOWN if name != "police_rung" and getattr(episode, name)
    }
    kept["last_seen_at"] = episode.last_seen_at or episode.since
    return Report(**kept, key=uuid.uuid4())
