"""The verbs of a child who is away without authorisation, and known where: reported, referenced, become missing."""

import uuid
from datetime import datetime

from django.db import transaction

from cases import log
from cases.episodes.additions import keep_whereabouts
from cases.episodes.after_death import asking_duty
from cases.episodes.joining import away_reference
from cases.episodes.openings import locked, open_of, open_one, require_watched
from cases.episodes.searches import owe_police, to_away, to_missing
from cases.models import AwayReference, Child, MissingEpisode, PoliceForce, User
from cases.moves import SentBefore
from cases.states import EpisodeStatus, IllegalMove

StartedBy = MissingEpisode.StartedBy


def report_away(
    child: Child, *, whereabouts: str, reason: str, key: uuid.UUID | None = None, by: User, at: datetime
) -> MissingEpisode:
    """Away without authorisation, whereabouts known: tells duty at once, starts no call ladder, owes proof each day.

    What silence opened becomes this, as long as the police are not owed word; the window that was missed stays owed
    until somebody has seen the child, and its alert goes on. The same key with the same words is the same report; where
    its episode has ended it is `SentBefore`.
    """
    if not whereabouts.strip():
        raise IllegalMove("Enter where the child is. Without a place the child is missing.")
    with asking_duty(child, "away", by=by, at=at), transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        again = _away_before(child, whereabouts, reason, key, by)
        if again is not None:
            return again
        require_watched(child)
        standing = open_of(child)
        if standing is not None and standing.police_owed_at is not None:
            raise IllegalMove(
                "The police are told, and this calls nothing off. Record who has seen or spoken to the child, and ring duty."
            )
        if standing is not None and standing.status != EpisodeStatus.NOT_CONFIRMED:
            raise IllegalMove("An episode is open already.")
        before = standing.status if standing is not None else ""
        episode = standing or open_one(child, StartedBy.AWAY, EpisodeStatus.AWAY, since=None, by=by, at=at)
        if standing is not None:
            to_away(standing, by=by, at=at)
        episode.whereabouts, episode.why_worried = whereabouts, reason
        episode.save()
        log.record(
            child,
            "away_reported",
            subject=episode,
            data={
                "episode": episode.number,
                **({"before": before} if before else {}),
                **({"once": str(key)} if key else {}),
            },
            fields={"whereabouts": whereabouts, "reason": reason},
            by=by,
            at=at,
        )
    return episode


def _away_before(
    child: Child, whereabouts: str, reason: str, key: uuid.UUID | None, by: User
) -> MissingEpisode | None:
    """The episode that stands by a form of `by` with this key and these words; None where it says anything else."""
    made = log.keyed(child, "away_reported", key, by=by)
    if made is None:
        return None
    episode = MissingEpisode.objects.get(pk=made)
    episode.child = child
    if episode.status == EpisodeStatus.ENDED:
        raise SentBefore(
            "You have sent this form before, and what it reported has ended since. Press again to report it anew."
        )
    is_same = (episode.whereabouts, episode.why_worried) == (whereabouts, reason)
    return episode if is_same and episode.status == EpisodeStatus.AWAY else None


def record_away_reference(
    episode: MissingEpisode, *, force: PoliceForce, reference: str, officer: str = "", by: User, at: datetime
) -> AwayReference:
    """Record what a force gave for the child as away: no report of a missing one, so no force is alerted and nothing climbs.

    The same words again return what stands. Raises `IllegalMove` without a reference, and where the child is not away or the
    police are owed word: there it is `record_police_reference`.
    """
    said = {"force": force, "reference": reference.strip(), "officer": officer.strip()}
    if not said["reference"]:
        raise IllegalMove("Enter the police reference.")
    with transaction.atomic():
        child, episode = locked(episode)
        before = away_reference(episode)
        if before is not None and all(getattr(before, name) == word for name, word in said.items()):
            return before
        if episode.status != EpisodeStatus.AWAY or episode.police_owed_at is not None:
            raise IllegalMove(
                "This is for a child who is away, and known where. Record the police reference of the search."
            )
        row = AwayReference.objects.create(episode=episode, recorded_at=at, recorded_by=by, **said)
        log.record(
            child,
            "away_reference_recorded",
            subject=row,
            data={"episode": episode.number, "force": force.code},
            fields={"reference": row.reference, "officer": row.officer},
            by=by,
            at=at,
        )
    return row


def become_missing(episode: MissingEpisode, *, reason: str, by: User, at: datetime) -> MissingEpisode:
    """An away episode becomes missing: whereabouts no longer known, the call ladder starts."""
    with transaction.atomic():
        child, episode = locked(episode)
        if episode.status != EpisodeStatus.AWAY:
            raise IllegalMove("Only an away episode can become missing.")
        known = to_missing(episode, by=by, at=at)
        owe_police(episode, by=by, at=at)
        episode.save()
        keep_whereabouts(episode, known, reason, by=by, at=at)
        log.record(child, "became_missing", subject=episode, fields={"reason": reason}, by=by, at=at)
    return episode
