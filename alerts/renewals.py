"""A new link for a force whose link has lapsed: mailed to the mailbox that the old one went to, and shown to nobody."""

from datetime import datetime

from django.db import transaction

from alerts import outbox, police_links, recipients
from alerts.models import Alert, Channel, Clock, MessageKind, PoliceLink
from alerts.recipients import Post
from alerts.states import AlertStatus
from alerts.urgency import urgency_of
from cases import facts, log
from cases.models import Child
from cases.states import EpisodeStatus

AS_URGENT_AS = "call_30"


def ask(link: PoliceLink, *, at: datetime) -> bool:
    """Owe the mailbox of a lapsed link one more mail with a new one; False where nothing is owed.

    Once for each link, while the episode runs and its force is alerted, and only to a mailbox that still stands: a link
    that was closed because it went astray renews nothing.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=link.episode.child_id)
        link = PoliceLink.objects.select_related("episode", "force", "message").get(pk=link.pk)
        alert = _alert(link)
        if alert is None or link.revoked_at is not None or police_links.is_live(link, now=at):
            return False
        step = f"renew:{link.pk}"
        if alert.message_items.filter(step=step).exists():
            return False
        owed = _owed(link, alert, step, at)
        if not owed:
            return False
        outbox.enqueue(owed, at=at)
        log.record(
            child,
            "police_link_renewed",
            subject=link.episode,
            data={"force": link.force.code},
            label=police_links.LABEL,
            by=None,
            at=at,
        )
    return True


def _alert(link: PoliceLink) -> Alert | None:
    """The open call alert of an episode that runs, if the force of the link is still alerted for it."""
    told = link.episode.forces.filter(force=link.force_id, left_at=None).exists()
    if link.episode.status == EpisodeStatus.ENDED or not told:
        return None
    alerts = Alert.objects.filter(clock__kind=Clock.Kind.CALL, episode=link.episode, status=AlertStatus.OPEN)
    return alerts.first()


def _owed(link: PoliceLink, alert: Alert, step: str, at: datetime) -> list[outbox.Owed]:
    (found,) = facts.load([link.episode.child_id]).values()
    boxes = recipients.directory([found], at=at).resolve(Post.FORCE, found, (Channel.MAIL,))
    return [
        outbox.Owed(
            alert=alert,
            step=step,
            kind=MessageKind.REMINDER,
            wording="police_reminder",
            recipient=box,
            urgency=urgency_of(AS_URGENT_AS),
            owed_at=at,
            episode_id=link.episode_id,
        )
        for box in boxes
        if box.mailbox_id is not None and box.mailbox_id == link.message.mailbox_id
    ]
