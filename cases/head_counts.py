"""Who is to be seen because another child is missing: found by what stands, written child by child.

Each verb locks the one child that it writes about and no other: two reports of one home at one instant hold one child
each, and neither waits for the other's.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet

from cases import log
from cases.models import Child, ChildLink, HeadCount, MissingEpisode, Placement
from cases.models.head_counts import WATCHED_FOR, WITHIN
from cases.states import EpisodeOutcome

_Row = TypeVar("_Row", bound=Model)


class Asked(NamedTuple):
    """A child to be seen, and the episode of another that asks for it."""

    episode_id: int
    child_id: int
    reason: str


def owing(at: datetime, *, without: QuerySet[Child]) -> QuerySet[MissingEpisode]:
    """The open episodes of which the police are owed word and that have not asked for everybody yet.

    For 72 hours, in which a link may still be written down. `without` are children who ask for nobody and are not
    asked for, as those of a demonstration.
    """
    begun = MissingEpisode.objects.open().filter(
        police_owed_at__lte=at, police_owed_at__gt=at - WATCHED_FOR, child__is_drill=False
    )
    begun = begun.exclude(child__in=without)
    mates, ahead, behind = _others(without)
    return begun.filter(Exists(mates) | Exists(ahead) | Exists(behind))


def asked(episodes: Iterable[MissingEpisode], *, without: QuerySet[Child]) -> list[Asked]:
    """Everybody whom these episodes ask for and who is not asked for yet; whoever lives there is asked for as such."""
    found: dict[tuple[int, int], Asked] = {}
    for episode in episodes:
        mates, ahead, behind = _others(without, of=episode)
        ids = [(pk, HeadCount.Reason.HOME) for pk in mates.values_list("child", flat=True)]
        ids += [(pk, HeadCount.Reason.LINK) for pk in ahead.values_list("other", flat=True)]
        ids += [(pk, HeadCount.Reason.LINK) for pk in behind.values_list("child", flat=True)]
        for child_id, reason in ids:
            found.setdefault((episode.pk, child_id), Asked(episode.pk, child_id, reason))
    return sorted(found.values())


def _others(
    without: QuerySet[Child], *, of: MissingEpisode | None = None
) -> tuple[QuerySet[Placement], QuerySet[ChildLink], QuerySet[ChildLink]]:
    """Who lives with the child of an episode since before it was missing, and links with it from both ends.

    Of the episode `of`, else of the one of the query around it.
    """
    pk, child, home, owed_at = (
        (of.pk, of.child_id, of.placement.home_id if of.placement else None, of.police_owed_at)
        if of is not None
        else tuple(map(OuterRef, ("pk", "child", "placement__home", "police_owed_at")))
    )
    mates = Placement.objects.filter(home=home, ends_at=None, starts_at__lte=owed_at).exclude(child=child)
    links = ChildLink.objects.exclude(check_result=ChildLink.Check.NOT_SO)
    if of is None:
        mates = mates.filter(home__isnull=False)
    elif home is None:
        mates = Placement.objects.none()
    return (
        _unasked(mates, "child", pk, without),
        _unasked(links.filter(child=child), "other", pk, without),
        _unasked(links.filter(other=child), "child", pk, without),
    )


def _unasked(rows: "QuerySet[_Row]", column: str, episode: Any, without: QuerySet[Child]) -> "QuerySet[_Row]":
    died = MissingEpisode.objects.filter(child=OuterRef("pk"), outcome=EpisodeOutcome.DIED)
    wanted = Child.objects.filter(~Exists(died), closed_at=None, is_drill=False).exclude(pk__in=without)
    of = OuterRef(episode) if isinstance(episode, OuterRef) else episode
    told = HeadCount.objects.filter(child=OuterRef(column), episode=of)
    return rows.filter(~Exists(told), **{f"{column}__in": wanted})


def ask(one: Asked, *, at: datetime) -> bool:
    """Ask for this child to be seen, and watch it more closely; false where it is asked for, or no longer missing."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=one.child_id)
        episode = MissingEpisode.objects.open().filter(pk=one.episode_id).first()
        if episode is None or episode.police_owed_at is None or child.closed_at is not None:
            return False
        if HeadCount.objects.filter(child=child, episode=episode).exists():
            return False
        row = HeadCount.objects.create(
            child=child,
            episode=episode,
            reason=one.reason,
            since=episode.police_owed_at,
            raised_at=at,
            due_at=at + WITHIN,
        )
        data = {"reason": one.reason, "due_at": row.due_at.isoformat()}
        log.record(child, "head_count_asked", subject=row, data=data, by=None, at=at)
    return True


def needless() -> QuerySet[HeadCount]:
    """Those that ask on because of an episode that was none: its record was late."""
    return HeadCount.objects.filter(ended_at=None, episode__outcome=EpisodeOutcome.RECORDING_LATE)


def end(pk: int, *, at: datetime) -> bool:
    """Ask for this one no more: nobody was missing. False where it has ended."""
    with transaction.atomic():
        child = Child.objects.locked().get(head_counts=pk)
        row = needless().filter(pk=pk).first()
        if row is None:
            return False
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        log.record(child, "head_count_ended", subject=row, by=None, at=at)
    return True
