"""Somebody came near a child who is looked for: the forces of the search are mailed of it, in the thread of the search."""

from collections.abc import Sequence
from datetime import datetime

from alerts import clocks, outbox
from alerts.escalations.dues import Due
from alerts.models import Alert, Channel, Clock, MessageItem, MessageKind
from alerts.recipients import Directory, Post
from alerts.schedule import Step
from cases.models import MissingEpisode, Trigger

WORDING = "police_came"


def to_forces(climbed: Sequence[tuple[Due, str]], directory: Directory, *, at: datetime) -> list[outbox.Owed]:
    """Owe each mailbox of the forces that search for a child one mail of whoever came, as soon as duty hears of it.

    Of one whom duty has confirmed to be back the force of the area hears instead, as of a child nobody looks for. The
    mail is of the alert of the search, and ends with that: that duty has answered is no end that a force may take for it.
    """
    came = {due.child.pk: due for due, step in climbed if _is_of_search(due, step)}
    if not came:
        return []
    owed: list[outbox.Owed] = []
    for due in came.values():
        episode, trigger = _searched(due), _newest(due)
        search = Alert.objects.lasting(episode.pk) if episode is not None else None
        if episode is None or trigger is None or search is None:
            continue
        step = f"came:{trigger.pk}"
        if MessageItem.objects.filter(alert=search, step=step).exists():
            # Duty is asked again of an earlier one, because a later one is answered.
            continue
        owed += [
            outbox.Owed(
                alert=search,
                step=step,
                kind=MessageKind.ALERT,
                wording=WORDING,
                recipient=recipient,
                urgency=clocks.urgency_of(Step.R1),
                owed_at=trigger.recorded_at,
                episode_id=episode.pk,
            )
            for recipient in directory.resolve(Post.FORCE, due.watched.child, (Channel.MAIL,))
        ]
    return owed


def _is_of_search(due: Due, step: str) -> bool:
    return due.clock.kind == Clock.Kind.APPROACH and step == Step.R1 and _searched(due) is not None


def _searched(due: Due) -> MissingEpisode | None:
    """The open episode of which the police are owed word, unless duty has met the child."""
    episode = due.watched.child.open_episode
    is_sought = (
        episode is not None and episode.police_owed_at is not None and episode.child_confirmed_at is None
    )
    return episode if is_sought else None


def _newest(due: Due) -> Trigger | None:
    """What duty hears of: the last that was recorded and nobody has answered."""
    came = [one for one in due.watched.child.triggers if one.kind == Trigger.Kind.APPROACH and one.is_open]
    return max(came, key=lambda one: (one.recorded_at, one.pk), default=None)
