"""Signs of life: what was seen of a child after an office told of its death, or after it is said to have been found dead."""

from datetime import datetime

from django.db.models import Max, QuerySet

from cases.episodes import seen
from cases.episodes.after_death import ASKED, GONE
from cases.episodes.openings import open_of
from cases.episodes.searches import void_child_confirmed
from cases.models import (
    Child,
    ChildPart,
    Contact,
    Event,
    Means,
    MissingEpisode,
    Outcome,
    SeenReport,
    User,
)
from cases.states import IllegalMove

# What a phone that somebody else holds may write, and what nobody saw themselves.
NO_SIGN = (Means.MESSAGE, Means.HEARSAY)
WITH_THE_CHILD = (ChildPart.SAW, ChildPart.SPOKE)


def hear_of(child: Child, contact: Contact, *, by: User | None, at: datetime) -> SeenReport | None:
    """Somebody saw or spoke to the locked child: what was told of its death before holds no more, and who saw it reports it.

    Duty is told of that as of the first word of a return, whatever was reported seen before the death was told.
    """
    episode = open_of(child)
    if episode is not None and episode.child_confirmed_how == ChildPart.DEATH:
        told_at = episode.child_confirmed_told_at
        if told_at is not None and _seen_after(episode, told_at).filter(pk=contact.pk).exists():
            void_child_confirmed(episode, by=by, at=at)
            episode = open_of(child)
    return seen.hear_of(episode, contact, by=by, at=at)


def require_none(episode: MissingEpisode, since: datetime) -> None:
    """Refuse the death of a child who was seen, spoken to or gone anew after `since`: it may be that of another."""
    with_child = (
        episode.child_confirmed_how in WITH_THE_CHILD
        and episode.child_confirmed_at is not None
        and episode.child_confirmed_at > since
    )
    gone_anew = episode.anew_at is not None and episode.anew_at > since
    if with_child or gone_anew or _is_reported(episode, since) or _seen_after(episode, since).exists():
        raise IllegalMove(
            "Somebody saw or spoke to the child after that, or it was gone again: this may be another child."
            " Ring the office again. If that sighting was wrong, withdraw it with a reason first."
        )


def last_sighting(episode: MissingEpisode, since: datetime) -> Contact | None:
    """When somebody who is believed was last with the child, or spoke to it, after `since`."""
    return _seen_after(episode, since).order_by("happened_at", "pk").last()


def last_missed_at(episode: MissingEpisode, since: datetime) -> datetime | None:
    """When it was last said after `since` that the child is not there, be it that this was refused: a death was on record.

    Where somebody said that it is was kept in no refusal: of whoever was away nobody knows the place.
    """
    looks = Contact.objects.filter(
        child=episode.child_id, outcome=Outcome.NOT_HERE, withdrawn_at=None, happened_at__gt=since
    )
    refused = Event.objects.filter(
        child=episode.child_id, kind=ASKED, subject_id=episode.pk, data__said__in=GONE, happened_at__gt=since
    )
    moments = [rows.aggregate(last=Max("happened_at"))["last"] for rows in (looks, refused)]
    return max((moment for moment in moments if moment is not None), default=None)


def _is_reported(episode: MissingEpisode, since: datetime) -> bool:
    return seen.standing_reports(episode).filter(seen_at__gt=since).exists()


def _seen_after(episode: MissingEpisode, moment: datetime) -> QuerySet[Contact]:
    """Who was with the child or spoke to it after `moment`; not the word of anybody it is kept from."""
    found = Contact.objects.seen().believed([episode.child_id]).filter(happened_at__gt=moment)
    return found.exclude(means__in=NO_SIGN)
