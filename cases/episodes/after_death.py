"""What is said of a child after a death that is on record: the death may be that of another, so duty is asked at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from cases import log
from cases.models import Child, MissingEpisode, User
from cases.moves import HasDied

# The kind of event by which the desk is asked; what is kept of it is what was said.
ASKED = "asked_after_death"
# What is kept there of an alarm that was refused.
GONE = ("missing", "not_here", "away")


def death_before(child: Child, moment: datetime) -> MissingEpisode | None:
    """The search that ended with the child's death, where it was told of, or the child found, before `moment`.

    The end is written hours later: what was seen in between is as much a sign as what is seen after it.
    """
    episode = MissingEpisode.objects.of_death().filter(child=child).order_by("-ended_at").first()
    if episode is None:
        return None
    known = (episode.found_at, episode.child_confirmed_told_at, episode.ended_at)
    return episode if min(at for at in known if at is not None) < moment else None


def ask_duty(
    child: Child, episode: MissingEpisode, said: str, *, happened_at: datetime, by: User, at: datetime
) -> None:
    """Record of the locked child that somebody `said` it is alive, or gone; the bell of it opens the desk's task."""
    episode.child = child
    log.record(child, ASKED, subject=episode, data={"said": said}, happened_at=happened_at, by=by, at=at)


@contextmanager
def asking_duty(child: Child, said: str, *, by: User, at: datetime) -> Iterator[None]:
    """An alarm that is refused because the child has died is on record all the same, in a commit of its own.

    For the outermost block of what is recorded together: that is undone first.
    """
    try:
        yield
    except HasDied:
        with transaction.atomic():
            locked = Child.objects.locked().get(pk=child.pk)
            episode = death_before(locked, at)
            if episode is not None:
                ask_duty(locked, episode, said, happened_at=at, by=by, at=at)
        raise
