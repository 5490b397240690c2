"""Who hears that an episode has an update, and nothing of what it says: worker and guardian by mail, and the duty desk."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from alerts import outbox, recipients, replies, tellings
from alerts.models import Alert, Message, MessageKind
from alerts.recipients import Directory, Post, Recipient
from alerts.states import MessageStatus
from cases import episodes, facts
from cases.facts import ChildFacts
from cases.models import Child, EpisodeUpdate, MissingEpisode, User

WORDING = "episode_update"
# Behind everything that asks somebody to act.
URGENCY = 60
OF_PARTNERS = (EpisodeUpdate.Side.HOME, EpisodeUpdate.Side.GUARDIAN)


def add(
    episode: MissingEpisode,
    *,
    text: str,
    side: str,
    key: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> EpisodeUpdate:
    """Add an update and owe worker and guardian word that there is one; whoever wrote it is not told.

    What the home or the guardian writes is for the duty desk at once, as what the police write is: those who are told sleep.
    The same key again returns what stands, and tells nobody twice; with other words it is `SentBefore`.
    """
    with transaction.atomic():
        Child.objects.locked().get(pk=episode.child_id)
        is_new = key is None or not EpisodeUpdate.objects.filter(key=key).exists()
        update = episodes.add_update(episode, text=text, side=side, key=key, by=by, at=at)
        if is_new:
            _tell(update, by=by, at=at)
    return update


def tell_desk(episode: MissingEpisode, *, step: str, at: datetime) -> None:
    """Text and mail the duty desk, once for each `step`, that home or guardian wrote something, and ask it to read that."""
    alert = Alert.objects.lasting(episode.pk)
    replies.ask_to_read(episode, alert, at=at)
    if alert is None:
        return
    (found,) = facts.load([episode.child_id]).values()
    _owe(alert, _desk(recipients.directory([found], at=at), found), step=step, at=at)


def _desk(directory: Directory, found: ChildFacts) -> list[tuple[str, Recipient]]:
    return [(replies.WORDING, one) for one in directory.resolve(Post.DUTY, found, tellings.TEXT_AND_MAIL)]


def _tell(update: EpisodeUpdate, *, by: User, at: datetime) -> None:
    """Desk, worker and guardian in one: whoever is two of them is told once."""
    alert = Alert.objects.lasting(update.episode_id)
    for_desk = update.side in OF_PARTNERS
    if for_desk:
        replies.ask_to_read(update.episode, alert, at=at)
    if alert is None:
        return
    (found,) = facts.load([alert.child_id]).values()
    directory = recipients.directory([found], at=at)
    waiting = Message.objects.filter(
        episode=update.episode_id, wording=WORDING, status=MessageStatus.QUEUED, next_try_at__gt=at
    )
    hear_already = {*waiting.values_list("user_id", flat=True), by.pk}
    told = _desk(directory, found) if for_desk else []
    told += [
        (WORDING, recipient)
        for post in (Post.WORKER, Post.GUARDIAN)
        for recipient in directory.resolve(post, found, tellings.AS_CHOSEN)
        if recipient.user_id not in hear_already
    ]
    _owe(alert, told, step=f"update:{update.pk}", at=at)


def _owe(alert: Alert, told: Iterable[tuple[str, Recipient]], *, step: str, at: datetime) -> None:
    outbox.enqueue(
        [
            outbox.Owed(
                alert=alert,
                step=step,
                kind=MessageKind.ALERT,
                wording=wording,
                recipient=recipient,
                urgency=URGENCY,
                owed_at=at,
                episode_id=alert.episode_id,
            )
            for wording, recipient in told
        ],
        at=at,
    )
