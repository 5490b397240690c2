"""Who did what a step tells of: nobody is mailed what they have just done themselves, but how it ends."""

from collections.abc import Iterable

from alerts.escalations.dues import Due
from alerts.models import Channel, Clock
from alerts.recipients import TOLD, Recipient
from cases.facts import ChildFacts
from cases.models import MissingEpisode, Trigger


def acted(due: Due) -> int | None:
    """The person whose act this clock tells of; None where it was the engine, or nobody."""
    kind, episode = due.clock.kind, due.episode
    if kind in (Clock.Kind.APPROACH, Clock.Kind.CONCERN, Clock.Kind.MESSAGE, Clock.Kind.MATE_FOUND):
        told = last_told(due.watched.child, kind)
        return told.recorded_by_id if told is not None else None
    if kind == Clock.Kind.GLASS:
        return max(due.watched.child.broken, key=lambda broken: broken.at).user_id
    if episode is None:
        return None
    if kind == Clock.Kind.SEEN:
        return episode.reported_seen_by_id
    if kind in (Clock.Kind.NOT_HERE, Clock.Kind.AWAY, Clock.Kind.CALL):
        return opener(episode)
    return None


def last_told(child: ChildFacts, kind: str) -> Trigger | None:
    """The last entry that waits for an answer, of what a clock of this kind tells: both have the same names."""
    told = [one for one in child.triggers if one.is_open and one.kind == kind]
    return max(told, key=lambda one: (one.recorded_at, one.pk), default=None)


def opener(episode: MissingEpisode) -> int | None:
    """Whose word began this search; None where nobody has confirmed what silence began."""
    return episode.confirmed_by_id or episode.opened_by_id


# What is told at once, when whoever did it knows.
FIRST = ("R1", "R2", "call_0")


def without(due: Due, step: str, found: Iterable[Recipient]) -> set[Recipient]:
    """The mails of a first step that would tell somebody what they have done; who is rung is rung all the same."""
    return known_to(acted(due) if step in FIRST else None, found)


def known_to(actor: int | None, found: Iterable[Recipient]) -> set[Recipient]:
    """Those of these ways by which nobody tells `actor` what they have done themselves."""
    if actor is None:
        return set()
    theirs = [recipient for recipient in found if recipient.user_id == actor]
    by_other_ways = any(recipient.channel != Channel.MAIL for recipient in theirs)
    return {
        recipient
        for recipient in theirs
        if recipient.channel == Channel.MAIL and (recipient.post in TOLD or by_other_ways)
    }
