"""The force in whose area a child is: told of what may happen there, though nobody is missing."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from django.db.models import Exists, OuterRef, Subquery

from alerts.models import Channel, MessageItem
from alerts.posts import FORCE_PURPOSES, Post, Recipient, mailboxes_of
from alerts.states import MessageStatus
from cases import episodes
from cases.models import EpisodeForce, MissingEpisode, Placement, Responsibility, Trigger
from cases.models.triggers import AROUND


def by_child(child_ids: Collection[int], *, at: datetime) -> Mapping[int, list[Recipient]]:
    """By child the mailboxes of the one force that a search which began at `at` would be told of first.

    Of those near whom somebody came in the 72 hours before `at`, where no mail has told of it: what is told later
    duty rings about. A force that searches for the child is mailed in its search (escalations/came.py), until duty has
    confirmed that the child is back. In a home with children of several authorities each child is a mail of its own,
    with the number of its own desk.
    """
    near = _approached(child_ids, at)
    placed = {one.child_id: one for one in Placement.objects.current(at).filter(child__in=near)}
    told = episodes.forces_to_tell(list(near), placed, at=at)
    first = {child_id: forces[0] for child_id, forces in told.items() if forces}
    searching = _searching(first)
    boxes = _boxes(set(first.values()), at)
    shared = _of_several({one.home_id for one in placed.values() if one.home_id is not None}, at)
    alone = {child_id for child_id, one in placed.items() if one.home_id in shared}
    return {
        child_id: [replace(one, alone=child_id in alone) for one in boxes if one.force_id == pk]
        for child_id, pk in first.items()
        if (child_id, pk) not in searching
    }


def of(force_id: int, *, at: datetime) -> list[Recipient]:
    """The mailboxes of one force: what was written to it stays with it, wherever the child lives by now."""
    return _boxes({force_id}, at)


def _approached(child_ids: Collection[int], at: datetime) -> set[int]:
    came = Trigger.objects.filter(child__in=child_ids, kind=Trigger.Kind.APPROACH, answered_at=None)
    # The alert that climbs is due with what was recorded last; what the force was mailed of by an earlier one is no news.
    last = Trigger.objects.filter(child=OuterRef("child"), kind=Trigger.Kind.APPROACH, answered_at=None)
    newest = last.order_by("-recorded_at").values("recorded_at")[:1]
    mailed = MessageItem.objects.filter(message__post=Post.AREA_FORCE, alert__child=OuterRef("child"))
    told = mailed.filter(alert__due_at__gte=OuterRef("recorded_at"), alert__due_at__lt=OuterRef("newest"))
    told = told.exclude(message__status=MessageStatus.CANCELLED)
    lately = came.filter(happens_at__gt=at - AROUND).annotate(newest=Subquery(newest))
    return set(lately.exclude(Exists(told)).values_list("child", flat=True))


def _searching(first: Mapping[int, int]) -> set[tuple[int, int]]:
    """Which of these forces searches for which of these children, whom duty has not confirmed to be back."""
    told = EpisodeForce.objects.filter(episode__in=MissingEpisode.objects.open(), left_at=None)
    told = told.filter(episode__child__in=first, episode__child_confirmed_at=None)
    told = told.exclude(episode__police_owed_at=None)
    return set(told.values_list("episode__child", "force"))


def _of_several(homes: Collection[int], at: datetime) -> set[int]:
    """Which of these homes look after children of more than one authority."""
    living = Placement.objects.current(at).filter(home__in=homes)
    home_of = dict(living.values_list("child", "home"))
    of_home: dict[int | None, set[int]] = defaultdict(set)
    for row in Responsibility.objects.at(at).filter(child__in=home_of):
        of_home[home_of[row.child_id]].add(row.authority_id)
    return {home for home, authorities in of_home.items() if home is not None and len(authorities) > 1}


def _boxes(forces: Collection[int], at: datetime) -> list[Recipient]:
    return [
        Recipient(Post.AREA_FORCE, Channel.MAIL, mailbox_id=box.pk, force_id=box.force_id)
        for box in mailboxes_of((), (), forces, at=at)
        if box.purpose in FORCE_PURPOSES
    ]
