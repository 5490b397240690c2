"""The verbs of a mistaken arrival while somebody searches: the force of where the child lives again hears at once."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from alerts import added_forces
from cases import ended, episodes, transfers
from cases.models import Child, MissingEpisode, Placement, PoliceForce, Transfer, User


def take_back(transfer: Transfer, *, by: User, at: datetime, **said: Any) -> Transfer:
    """Take the arrival back as `transfers.take_back` does, which says what is `said`, and raises.

    A search that is open goes on where the child lives again, unless somebody has seen the child.
    """
    with _looked_for_at_home(transfer.child, by=by, at=at):
        return transfers.take_back(transfer, by=by, at=at, **said)


def look_failed(child: Child, reason: str, *, key: uuid.UUID, by: User, at: datetime) -> None:
    """The other side took the arrival back a moment ago, and the child is not here either."""
    with _looked_for_at_home(child, by=by, at=at):
        transfers.look_failed(child, reason, key=key, by=by, at=at)


@contextmanager
def _looked_for_at_home(child: Child, *, by: User, at: datetime) -> Iterator[None]:
    with episodes.asking_duty(child, "not_here", by=by, at=at), ended.in_words(), transaction.atomic():
        yield
        episode = MissingEpisode.objects.open().filter(child=child).first()
        if episode is None or episode.police_owed_at is None or episode.back_since is not None:
            return
        placed = {one.child_id: one for one in Placement.objects.current(at).filter(child=child)}
        told = episodes.forces_to_tell([child.pk], placed, at=at).get(child.pk, [])
        alerted = episode.forces.filter(left_at=None).values_list("force", flat=True)
        for force in PoliceForce.objects.filter(pk__in=set(told) - set(alerted)).order_by("pk"):
            added_forces.add(episode, force, by=by, at=at)
