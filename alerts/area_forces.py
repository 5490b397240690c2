"""The force in whose area a child is: told of what may happen there, though nobody is missing."""

from collections.abc import Collection, Mapping
from datetime import datetime

from alerts.models import Channel
from alerts.posts import FORCE_PURPOSES, Post, Recipient, mailboxes_of
from cases import episodes
from cases.models import Placement


def by_child(child_ids: Collection[int], *, at: datetime) -> Mapping[int, list[Recipient]]:
    """By child the mailboxes of the one force that a search which began at `at` would be told of first."""
    placed = {one.child_id: one for one in Placement.objects.current(at).filter(child__in=child_ids)}
    told = episodes.forces_to_tell(list(child_ids), placed, at=at)
    first = {child_id: forces[0] for child_id, forces in told.items() if forces}
    boxes = _boxes(set(first.values()), at)
    return {child_id: [one for one in boxes if one.force_id == pk] for child_id, pk in first.items()}


def of(force_id: int, *, at: datetime) -> list[Recipient]:
    """The mailboxes of one force: what was written to it stays with it, wherever the child lives by now."""
    return _boxes({force_id}, at)


def _boxes(forces: Collection[int], at: datetime) -> list[Recipient]:
    return [
        Recipient(Post.AREA_FORCE, Channel.MAIL, mailbox_id=box.pk, force_id=box.force_id)
        for box in mailboxes_of((), (), forces, at=at)
        if box.purpose in FORCE_PURPOSES
    ]
