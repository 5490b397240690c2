"""Who hears that an episode has an update: the worker and the guardian by mail, bundled, and nothing of what it says."""

import uuid
from datetime import datetime

from django.db import transaction

from alerts import outbox, recipients, tellings
from alerts.models import Alert, Message, MessageKind
from alerts.recipients import Post
from alerts.states import MessageStatus
from cases import episodes, facts
from cases.models import Child, EpisodeUpdate, MissingEpisode, User

WORDING = "episode_update"
# Behind everything that asks somebody to act.
URGENCY = 60


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

    The same key again returns what stands, and tells nobody twice; with other words it is `SentBefore`.
    """
    with transaction.atomic():
        Child.objects.locked().get(pk=episode.child_id)
        is_new = key is None or not EpisodeUpdate.objects.filter(key=key).exists()
        update = episodes.add_update(episode, text=text, side=side, key=key, by=by, at=at)
        if is_new:
            _tell(update, by=by, at=at)
    return update


def _tell(update: EpisodeUpdate, *, by: User, at: datetime) -> None:
    alert = Alert.objects.lasting(update.episode_id)
    if alert is None:
        return
    (found,) = facts.load([alert.child_id]).values()
    directory = recipients.directory([found], at=at)
    waiting = Message.objects.filter(
        episode=update.episode_id, wording=WORDING, status=MessageStatus.QUEUED, next_try_at__gt=at
    )
    hear_already = {*waiting.values_list("user_id", flat=True), by.pk}
    told = [
        recipient
        for post in (Post.WORKER, Post.GUARDIAN)
        for recipient in directory.resolve(post, found, tellings.AS_CHOSEN)
        if recipient.user_id not in hear_already
    ]
    outbox.enqueue(
        [
            outbox.Owed(
                alert=alert,
                step=f"update:{update.pk}",
                kind=MessageKind.ALERT,
                wording=WORDING,
                recipient=recipient,
                urgency=URGENCY,
                owed_at=at,
                episode_id=update.episode_id,
            )
            for recipient in told
        ],
        at=at,
    )
