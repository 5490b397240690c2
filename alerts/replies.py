"""Replies to an alert: kept as written, told to the people of the child, and answered once; they confirm nothing."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from alerts import duty_tasks, outbox, recipients
from alerts.letters import Kind, Letter
from alerts.models import Alert, Channel, DutyTask, DutyTaskAlert, MessageKind, Reply, ReplyAnswer
from alerts.recipients import Post
from cases import facts, log, quarantine
from cases.models import Child, EpisodeForce, Mailbox, MissingEpisode, PoliceForce, Responsibility, User
from cases.moves import require_same
from cases.states import EpisodeStatus, IllegalMove

# An ended episode's address takes mail for so long; then the mail server gives it back to its sender.
TAKEN_FOR = timedelta(days=90)
# However many addresses are made up, so many are answered in one thread.
ANSWERS_AT_MOST = 10
WORDING, URGENCY = "reply_received", 60
ANSWER = _("Recorded. Not an acknowledgement: open the link in our alert to say that you have it.")


def record(episode: MissingEpisode, letter: Letter, *, at: datetime) -> Reply:
    """Keep one mail about the episode and tell duty and the social worker; the same mail again is the same reply.

    What a machine wrote is kept too, and told to nobody. What a person attached is kept apart until duty has decided of
    it; of a mail that did not arrive whole nothing is, for what is whole of it nobody knows.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        known = Reply.objects.filter(episode=episode, key=letter.key).first()
        if known is not None:
            return known
        mailbox = _mailbox(episode, letter.sender, at)
        reply = Reply.objects.create(
            episode=episode,
            mailbox=mailbox,
            force=mailbox.force if mailbox is not None else _force(episode, letter.sender),
            sender=letter.sender,
            key=letter.key,
            automatic=letter.kind != Kind.PERSON,
            text=letter.text,
            cut=letter.cut,
            attachments=[[one.name, one.type, one.size] for one in letter.attachments],
            received_at=at,
        )
        if not reply.automatic:
            kept = _keep_apart(reply, letter, at)
            log.record(
                child,
                "reply_received",
                subject=reply,
                data={
                    "force": reply.force.code if reply.force else "",
                    "attachments": len(reply.attachments),
                    "kept_apart": kept,
                },
                fields={"text": reply.text, "sender": reply.sender},
                label=str(_("Reply by mail")),
                by=None,
                at=at,
            )
            _tell(reply, child, at)
    return reply


def _keep_apart(reply: Reply, letter: Letter, at: datetime) -> int:
    """How many of its attachments are kept."""
    if letter.came_cut:
        return 0
    sent = [
        quarantine.Sent(position, one.name, one.type, one.content)
        for position, one in enumerate(letter.attachments)
    ]
    return len(quarantine.keep(reply.episode, sent, mail_key=reply.key, sender=reply.sender, at=at))


def tell(
    episode: MissingEpisode, text: str, *, force: PoliceForce, key: uuid.UUID, by: User, at: datetime
) -> Reply:
    """Keep what an officer who is signed in tells about the episode, as a reply by mail is; the same `key` is the same.

    It confirms nothing and stops nothing. Raises `IllegalMove` where there are no words, and `SentBefore` for the same
    key with others.
    """
    if not text.strip():
        raise IllegalMove("Enter what you want to tell.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        known = Reply.objects.filter(episode=episode, key=key.hex).first()
        if known is not None:
            require_same(known, {"text": text, "sender": by.email})
            return known
        reply = Reply.objects.create(
            episode=episode,
            force=force,
            sender=by.email,
            key=key.hex,
            automatic=False,
            text=text,
            cut=False,
            received_at=at,
        )
        data = {"force": force.code, "attachments": 0, "signed_in": True}
        fields = {"text": text, "sender": by.email}
        log.record(child, "reply_received", subject=reply, data=data, fields=fields, by=by, at=at)
        _tell(reply, child, at)
    return reply


def claim_answer(reply: Reply, *, text: str, at: datetime) -> ReplyAnswer | None:
    """Reserve the one answer of this thread to this sender, before it is sent: better none than two."""
    if reply.automatic or not reply.sender:
        return None
    with transaction.atomic():
        Child.objects.locked().get(pk=reply.episode.child_id)
        given = ReplyAnswer.objects.filter(episode=reply.episode_id)
        if given.filter(address=reply.sender.lower()).exists() or given.count() >= ANSWERS_AT_MOST:
            return None
        return ReplyAnswer.objects.create(
            reply=reply, episode_id=reply.episode_id, address=reply.sender.lower(), text=text, at=at
        )


def pass_on(child_ids: Collection[int], *, kind: str, at: datetime) -> None:
    """What was written about a search that has ended is read at the desk that has the child now; nobody is rung of it.

    Asked by an event of this kind, where responsibility may have passed.
    """
    if kind not in duty_tasks.PASSES:
        return
    still_about = DutyTaskAlert.objects.filter(duty_tasks.STILL_ABOUT, task=OuterRef("pk"))
    of_ended = DutyTask.objects.open().filter(kind=DutyTask.Kind.READ_REPLY, episode__child__in=child_ids)
    unread = of_ended.filter(~Exists(still_about)).annotate(about=F("episode__child"))
    responsible = dict(
        Responsibility.objects.at(at).filter(child__in=child_ids).values_list("child", "authority")
    )
    for task in unread:
        authority_id = responsible[task.about]
        if authority_id != task.authority_id:
            there = DutyTask.objects.open().filter(kind=task.kind, episode=task.episode_id)
            moved: dict[str, Any] = {"authority": authority_id, "taken_at": None, "taken_by": None}
            if there.filter(authority=authority_id).exists():
                moved = {"done_at": at, "answer": duty_tasks.ELSEWHERE}
            DutyTask.objects.filter(pk=task.pk).update(next_at=None, **moved)


def is_taken(episode: MissingEpisode, *, at: datetime) -> bool:
    """Whether replies about the episode are still taken."""
    return episode.ended_at is None or episode.ended_at > at - TAKEN_FOR


def _mailbox(episode: MissingEpisode, sender: str, at: datetime) -> Mailbox | None:
    boxes = Mailbox.objects.current(at).filter(
        force__in=EpisodeForce.objects.filter(episode=episode).values("force")
    )
    return boxes.filter(address__iexact=sender).order_by("pk").first() if sender else None


def _force(episode: MissingEpisode, sender: str) -> PoliceForce | None:
    """The force of the episode whose registered mailboxes have the sender's domain."""
    host = sender.rpartition("@")[2]
    forces = PoliceForce.objects.filter(
        pk__in=EpisodeForce.objects.filter(episode=episode).values("force"),
        mailboxes__address__iendswith=f"@{host}",
    )
    return forces.order_by("pk").first() if host else None


def _tell(reply: Reply, child: Child, at: datetime) -> None:
    """A task on the desk, and at once by text and mail while the episode is open; the worker hears by mail."""
    alert = Alert.objects.lasting(reply.episode_id)
    ask_to_read(reply.episode, alert, at=at)
    if alert is None:
        return
    (found,) = facts.load([child.pk]).values()
    directory = recipients.directory([found], at=at)
    told = [
        *directory.resolve(Post.DUTY, found, (Channel.TEXT, Channel.MAIL)),
        *directory.resolve(Post.WORKER, found, (Channel.MAIL,)),
    ]
    outbox.enqueue(
        [
            outbox.Owed(
                alert=alert,
                step=f"reply:{reply.pk}",
                kind=MessageKind.ALERT,
                wording=WORDING,
                recipient=recipient,
                urgency=URGENCY,
                owed_at=at,
                episode_id=reply.episode_id,
            )
            for recipient in told
        ],
        at=at,
    )


def ask_to_read(episode: MissingEpisode, alert: Alert | None, *, at: datetime) -> None:
    """One open task on the desk for each episode: what is written after the first is read with it."""
    responsible = Responsibility.objects.at(at).get(child=episode.child_id)
    running = episode.status != EpisodeStatus.ENDED
    next_at = at + duty_tasks.untaken_after([alert])[alert.pk] if running and alert is not None else None
    task, _created = DutyTask.objects.get_or_create(
        kind=DutyTask.Kind.READ_REPLY,
        authority_id=responsible.authority_id,
        episode_id=episode.pk,
        home=None,
        message=None,
        done_at=None,
        defaults={
            "urgency": URGENCY,
            "opened_at": at,
            "next_at": next_at,
        },
    )
    if alert is not None:
        task.items.get_or_create(alert=alert)
