"""A force that is added to an open episode: it hears at once what the first one heard, and the first stays alerted."""

from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from alerts import outbox, police_links, recipients, unmailed_forces
from alerts.call_ladder import FIRST_CALL
from alerts.models import Alert, Channel, Message, MessageKind, PoliceLink, Verification
from alerts.posts import FORCE_PURPOSES
from alerts.recipients import Post
from alerts.urgency import urgency_of
from cases import episodes, facts, force_ends, log
from cases.models import Child, EpisodeForce, Mailbox, MissingEpisode, PoliceForce, User
from cases.states import EpisodeStatus, IllegalMove

logger = structlog.get_logger(__name__)


def add(
    episode: MissingEpisode, force: PoliceForce, *, label: str = "", by: User | None, at: datetime
) -> EpisodeForce:
    """Alert another force for an open missing episode; `label` says whose word it is where nobody is signed in.

    The ones before stay alerted until a named officer of theirs has accepted: adding takes nothing back.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        episode = MissingEpisode.objects.get(pk=episode.pk)
        episode.child = child
        if episode.status == EpisodeStatus.ENDED:
            raise IllegalMove("This episode has ended.")
        if episode.status == EpisodeStatus.AWAY and episode.police_owed_at is None:
            raise IllegalMove("It is known where the child is: no force is alerted.")
        if episode.forces.filter(force=force, left_at=None).exists():
            raise IllegalMove("%(force)s is alerted already.", force=force.name)
        force_ends.require_standing(force, at=at)
        row = episodes.add_force(episode, force=force, by=by, at=at)
        log.record(child, "force_added", subject=row, data={"force": force.code}, label=label, by=by, at=at)
        _tell(episode, force, at)
    return row


def suggest(
    link: PoliceLink, force: PoliceForce, *, name: str, collar_number: str, at: datetime
) -> EpisodeForce:
    """Whoever holds a police link says that another force is the right one: it is added, as given and not verified."""
    if not name.strip() or not collar_number.strip():
        raise IllegalMove("Enter your name and collar number.")
    with transaction.atomic():
        Child.objects.locked().get(pk=link.episode.child_id)
        link = PoliceLink.objects.select_related("episode").get(pk=link.pk)
        if not police_links.is_live(link, now=at):
            raise IllegalMove("This link has expired.")
        label = f"{name.strip()[:24]}, {collar_number.strip()[:12]}, as given by link"
        return add(link.episode, force, label=label, by=None, at=at)


def _tell(episode: MissingEpisode, force: PoliceForce, at: datetime) -> None:
    """The first message to its mailboxes, and the desk is asked to ring it; before the first call step that one tells all."""
    alert = _alert_of(episode.pk)
    if alert is None:
        return
    (found,) = facts.load([episode.child_id]).values()
    directory = recipients.directory([found], at=at)
    boxes = [r for r in directory.resolve(Post.FORCE, found, (Channel.MAIL,)) if r.force_id == force.pk]
    step, urgency = _step(alert, force), urgency_of(FIRST_CALL)
    owed = [_first(alert, recipient, step, at) for recipient in boxes]
    if not boxes:
        posts = (Post.DUTY, Post.MANAGER)
        owed = unmailed_forces.asked(alert, found, directory, urgency=urgency, at=at, step=step, posts=posts)
    outbox.enqueue(owed, at=at)
    unmailed_forces.ring(alert, directory, urgency=urgency, at=at)


def tell_new_mailboxes(*, now: datetime) -> None:
    """Mail of each open search the mailboxes of its forces that were registered since it began: a wrong one had heard instead.

    Not of a search for which duty has the name of an officer of that force: it knows, and a mailbox that is replaced years
    later would hear of every child whom the force has. One that fails is reported and stops no other.
    """
    for row in _untold(now):
        try:
            _tell_of_search(row.episode_id, row.force_id, now)
        except Exception:
            logger.exception("new_mailbox_not_told", episode=row.episode_id)


def _untold(now: datetime) -> list[EpisodeForce]:
    """The forces of open searches with a mailbox that no mail of the search was for yet."""
    searches = MissingEpisode.objects.open().filter(police_owed_at__isnull=False, child_confirmed_at=None)
    told = Message.objects.filter(mailbox=OuterRef("pk"), episode=OuterRef(OuterRef("episode")))
    since = Mailbox.objects.current(now).filter(
        ~Exists(told),
        force=OuterRef("force"),
        purpose__in=FORCE_PURPOSES,
        starts_at__gt=OuterRef("episode__police_owed_at"),
    )
    named = _named(OuterRef("episode"), OuterRef("force"))
    rows = EpisodeForce.objects.filter(Exists(since), ~Exists(named), episode__in=searches, left_at=None)
    told_first = Alert.objects.of_searches().filter(episode=OuterRef("episode"))
    return list(rows.filter(Exists(told_first)).order_by("pk"))


def _tell_of_search(episode_id: int, force_id: int, now: datetime) -> None:
    with transaction.atomic():
        child = Child.objects.locked().get(episodes=episode_id)
        standing = EpisodeForce.objects.filter(episode=episode_id, force=force_id, left_at=None)
        search = MissingEpisode.objects.open().filter(pk=episode_id, child_confirmed_at=None)
        alert = _alert_of(episode_id)
        if (
            alert is None
            or not standing.exists()
            or not search.exists()
            or _named(episode_id, force_id).exists()
        ):
            return
        (found,) = facts.load([child.pk]).values()
        directory = recipients.directory([found], at=now)
        told = set(Message.objects.filter(episode=episode_id).values_list("mailbox", flat=True))
        boxes = [
            one
            for one in directory.resolve(Post.FORCE, found, (Channel.MAIL,))
            if one.force_id == force_id and one.mailbox_id not in told
        ]
        outbox.enqueue([_first(alert, one, f"box:{one.mailbox_id}", now) for one in boxes], at=now)


def _alert_of(episode_id: int) -> Alert | None:
    """The alert of the search that runs, once its first call step has told its forces: of one that begins anew it tells all."""
    own = Alert.objects.of_searches().filter(episode=episode_id)
    return own.filter(due_at__gte=F("episode__police_owed_at")).first()


def _named(episode: Any, force: Any) -> QuerySet[Verification]:
    """What duty has from officers of a force in this search, as far as it counts."""
    return Verification.objects.of_this_search().believed().filter(episode=episode, force=force)


def _first(alert: Alert, recipient: recipients.Recipient, step: str, at: datetime) -> outbox.Owed:
    return outbox.Owed(
        alert=alert,
        step=step,
        kind=MessageKind.ALERT,
        wording="police_alert",
        recipient=recipient,
        urgency=urgency_of(FIRST_CALL),
        owed_at=at,
        episode_id=alert.episode_id,
    )


def _step(alert: Alert, force: PoliceForce) -> str:
    """Of a force that was told no more, and is again, another one: it is owed anew."""
    first = f"force:{force.pk}"
    told = Q(step=first) | Q(step__startswith=f"{first}.")
    times = Message.objects.filter(told, items__alert=alert).values("step").distinct().count()
    return f"{first}.{times + 1}" if times else first
