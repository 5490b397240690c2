"""A force that has no mailbox here: what would be mailed to it duty is asked to phone, at once."""

from collections.abc import Collection, Iterable
from datetime import datetime

import structlog
from django.db.models import Q

from alerts import duty_tasks, outbox
from alerts.models import Alert, Channel, DutyTask, Message, MessageKind
from alerts.posts import FORCE_PURPOSES, mailboxes_of
from alerts.recipients import Directory, Post, Recipient
from alerts.step_plans import StepPlan
from cases import episodes
from cases.facts import ChildFacts
from cases.models import ForceOffer, MissingEpisode, PoliceForce

logger = structlog.get_logger(__name__)

# The mail and text to duty say so by this step, which may be followed by what it is about.
WORDING, STEP = "duty_phone_them", "no_box"
# The mails of a ladder for which duty rings: of the others it is told to ring the police in the same step.
PHONED = frozenset({"police_alert", "police_found"})


def of(forces: Iterable[int], told: Collection[Recipient]) -> set[int]:
    """Those of these forces of which none of these ways is a mailbox."""
    mailed = {one.force_id for one in told if one.post == Post.FORCE}
    return {pk for pk in forces if pk not in mailed}


def of_step(
    plan: StepPlan,
    found: Collection[Recipient],
    alert: Alert,
    directory: Directory,
    *,
    urgency: int,
    at: datetime,
) -> list[outbox.Owed]:
    """What duty, and of a search the manager too, hears of a step for which a force is to be phoned; mostly nothing.

    `found` are whom the step tells, and `alert` is of a child of the directory.
    """
    wordings = {one.wording for one in plan.tellings if one.post == Post.FORCE}
    if wordings.isdisjoint(PHONED):
        return []
    forces = directory.forces[alert.child_id]
    if forces and not of(forces, found):
        return []
    child = next(one for one in directory.children if one.child.pk == alert.child_id)
    posts = (Post.DUTY, Post.MANAGER) if "police_alert" in wordings else (Post.DUTY,)
    return asked(alert, child, directory, urgency=urgency, at=at, posts=posts)


def asked(
    alert: Alert,
    child: ChildFacts,
    directory: Directory,
    *,
    urgency: int,
    at: datetime,
    step: str = STEP,
    kind: str = MessageKind.ALERT,
    posts: Collection[Post] = (Post.DUTY,),
) -> list[outbox.Owed]:
    """Owe these posts word by text and mail that only a call reaches the police, once for each step of an alert.

    Where none of them can be told, whoever stands above the desk hears it instead.
    """
    found = [
        recipient
        for post in posts
        for recipient in directory.resolve(post, child, (Channel.TEXT, Channel.MAIL))
    ]
    return [
        outbox.Owed(
            alert=alert,
            step=step,
            kind=kind,
            wording=WORDING,
            recipient=recipient,
            urgency=urgency,
            owed_at=at,
            episode_id=alert.episode_id,
        )
        for recipient in found or directory.second_for(child)
    ]


def ask_of_end(
    alert: Alert, episode: MissingEpisode, child: ChildFacts, directory: Directory, *, at: datetime
) -> None:
    """A force that has no mailbox, and did not close its report itself, hears the end from duty: it may look on.

    The call stands on the desk until somebody says what came of it, as that to a force whose mailbox refused the end.
    """
    told = directory.resolve(Post.FORCE, child, (Channel.MAIL,))
    if not of(directory.forces[alert.child_id], told) - _heard_of_end(episode):
        return
    urgency = outbox.ENDING_URGENCY
    owed = asked(alert, child, directory, urgency=urgency, at=at, kind=MessageKind.ENDING)
    outbox.enqueue(owed, at=at)
    words = Message.objects.filter(wording=WORDING, step=STEP, kind=MessageKind.ENDING, items__alert=alert)
    message = words.order_by("channel", "pk").first()
    if message is None:
        logger.error("nobody_to_phone_a_force", episode=episode.reference)
        return
    authority_id = directory.authority[alert.child_id]
    duty_tasks.phone_about(message, [alert], authority_id, episode_id=episode.pk, at=at)


def _heard_of_end(episode: MissingEpisode) -> set[int | None]:
    """The forces that know the end, or are owed a mail of it: of one that comes back duty is asked to ring anyway."""
    mails = Message.objects.filter(episode=episode.pk, kind=MessageKind.ENDING, force__isnull=False)
    return {episode.police_closed_force_id, *mails.values_list("force", flat=True)}


def without_mailbox(forces: Collection[PoliceForce], *, at: datetime) -> list[PoliceForce]:
    """Those of these forces that no mail reaches."""
    unmailed = among({one.pk for one in forces}, at=at)
    return [one for one in forces if one.pk in unmailed]


def among(force_ids: Collection[int], *, at: datetime) -> set[int]:
    """The same, of forces by their keys."""
    boxes = mailboxes_of((), (), force_ids, at=at) if force_ids else []
    return set(force_ids) - {one.force_id for one in boxes if one.purpose in FORCE_PURPOSES}


def to_phone(message: Message) -> str:
    """The names of the forces that duty is to phone by a message of this wording: those that had no mailbox by then."""
    episode = message.episode if message.wording == WORDING else None
    if episode is None:
        return ""
    at, (step, _, about) = message.created_at, message.step.partition(":")
    if step == "force":
        # Added in mid-search: what follows counts how often.
        return PoliceForce.objects.get(pk=about.partition(".")[0]).name
    if step != STEP:
        return ""
    forces = without_mailbox(episodes.alerted(episode, at=at), at=at)
    if about.startswith("lead:"):
        forces = _listening(about.removeprefix("lead:"))
    elif about:
        # Lines are for the force that leads.
        lead = episodes.in_charge(episode, at=at)
        forces = [one for one in forces if lead is not None and one.pk == lead.force_id]
    if message.kind == MessageKind.ENDING:
        heard = _heard_of_end(episode)
        forces = [one for one in forces if one.pk not in heard]
    return ", ".join(one.name for one in forces)


def is_asked(episode: MissingEpisode, since: datetime) -> bool:
    """Whether duty was asked after `since` to phone the force that leads this search: at its start, or of lines."""
    words = Message.objects.filter(wording=WORDING, episode=episode.pk).exclude(kind=MessageKind.ENDING)
    at_start, of_lines = (
        Q(step=STEP, created_at__gte=since),
        Q(step__startswith=f"{STEP}:", created_at__gte=since),
    )
    # Two lines of one second are one call.
    of_lines |= Q(step=f"{STEP}:{int(since.timestamp())}")
    return words.filter(at_start | of_lines).exclude(step__startswith=f"{STEP}:lead:").exists()


def _listening(offer_id: str) -> list[PoliceForce]:
    """The force of an answered offer whose officer did not say the answer."""
    given = ForceOffer.objects.select_related("from_force", "to_force").get(pk=offer_id)
    return [given.to_force if given.answer == ForceOffer.Answer.WITHDRAWN else given.from_force]


def ring(alert: Alert, directory: Directory, *, urgency: int, at: datetime) -> None:
    """Put the call on the desk of the child's authority: where nobody takes it the second person is rung."""
    wanted = duty_tasks.Wanted(
        kind=DutyTask.Kind.RING_POLICE,
        authority_id=directory.authority[alert.child_id],
        alert=alert,
        urgency=urgency,
        episode_id=alert.episode_id,
    )
    duty_tasks.open_many([wanted], at=at)
