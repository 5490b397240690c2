"""A force that has no mailbox here: what would be mailed to it duty is asked to phone, at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import Q

from alerts import duty_tasks, outbox, phone_tasks
from alerts.models import Alert, Channel, DutyTask, Message, MessageKind
from alerts.posts import FORCE_PURPOSES
from alerts.recipients import Directory, Post, Recipient
from alerts.step_plans import StepPlan
from cases import episodes, force_ends
from cases.deadlines import london_day
from cases.facts import ChildFacts
from cases.models import EpisodeForce, ForceInCharge, ForceOffer, Mailbox, MissingEpisode, PoliceForce
from cases.models.contact_points import reached

logger = structlog.get_logger(__name__)

# The mail and text to duty say so by this step, which may be followed by what it is about.
WORDING, STEP = "duty_phone_them", "no_box"
# Before the key of the force that was added in mid-search, and of the offer to lead that was answered.
ADDED, LEAD = "force:", f"{STEP}:lead:"
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
    if not is_to_phone(plan):
        return []
    posts = posts_asked(plan, directory.forces[alert.child_id], found)
    if not posts:
        return []
    child = next(one for one in directory.children if one.child.pk == alert.child_id)
    return asked(alert, child, directory, urgency=urgency, at=at, posts=posts)


def is_to_phone(plan: StepPlan) -> bool:
    """Whether of what this step mails to a force duty is asked to phone a force that has no mailbox."""
    return not _of_force(plan).isdisjoint(PHONED)


def posts_asked(plan: StepPlan, forces: Collection[int], found: Collection[Recipient]) -> tuple[Post, ...]:
    """Who is asked to phone one of these forces, of which `found` are whom the step reaches; mostly nobody."""
    if not is_to_phone(plan) or (forces and not of(forces, found)):
        return ()
    return (Post.DUTY, Post.MANAGER) if "police_alert" in _of_force(plan) else (Post.DUTY,)


def _of_force(plan: StepPlan) -> set[str]:
    return {one.wording for one in plan.tellings if one.post == Post.FORCE}


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
        for recipient in who_is_asked(posts, child, directory)
    ]


def who_is_asked(posts: Collection[Post], child: ChildFacts, directory: Directory) -> list[Recipient]:
    """Who stands on these posts, by text and mail; where nobody can be told, whoever stands above the desk."""
    found = [
        recipient
        for post in posts
        for recipient in directory.resolve(post, child, (Channel.TEXT, Channel.MAIL))
    ]
    return found or directory.second_for(child)


def ask_of_end(
    alert: Alert, episode: MissingEpisode, child: ChildFacts, directory: Directory, *, at: datetime
) -> None:
    """A force that has no mailbox, and did not close its report itself, hears the end from duty: it may look on.

    The call stands on the desk until somebody says what came of it, as that to a force whose mailbox refused the end; be it
    that nobody can be told of it, up to the director.
    """
    told = directory.resolve(Post.FORCE, child, (Channel.MAIL,))
    unmailed = of(directory.forces[alert.child_id], told)
    if not unmailed or unmailed <= _heard_of_ends([episode.pk])[episode.pk]:
        return
    urgency = outbox.ENDING_URGENCY
    owed = asked(alert, child, directory, urgency=urgency, at=at, kind=MessageKind.ENDING)
    outbox.enqueue(owed, at=at)
    words = Message.objects.filter(wording=WORDING, step=STEP, kind=MessageKind.ENDING, items__alert=alert)
    message = words.order_by("channel", "pk").first()
    authority_id = directory.authority[alert.child_id]
    if message is not None:
        phone_tasks.phone_about(message, [alert], authority_id, episode_id=episode.pk, at=at)
        return
    # Whoever opens the desk finds it, and the administrator reads that nobody was told.
    logger.error("nobody_to_phone_a_force", episode=episode.reference)
    untold = duty_tasks.Wanted(
        kind=DutyTask.Kind.PHONE_THEM,
        authority_id=authority_id,
        alert=alert,
        urgency=urgency,
        episode_id=episode.pk,
    )
    duty_tasks.open_many([untold], at=at)


def _heard_of_ends(episode_ids: Collection[int]) -> dict[int, set[int | None]]:
    """By episode the forces that know its end, or are owed a mail of it: of one that comes back duty is asked to ring anyway."""
    closed = MissingEpisode.objects.filter(pk__in=episode_ids).values_list("pk", "police_closed_force")
    heard: dict[int, set[int | None]] = {pk: {force_id} for pk, force_id in closed}
    mails = Message.objects.filter(episode__in=episode_ids, kind=MessageKind.ENDING, force__isnull=False)
    for pk, force_id in mails.values_list("episode", "force"):
        heard[pk].add(force_id)
    return heard


def without_mailbox(forces: Collection[PoliceForce], *, at: datetime) -> list[PoliceForce]:
    """Those of these forces that no mail reaches."""
    unmailed = among({one.pk for one in forces}, at=at)
    return [one for one in forces if one.pk in unmailed]


def among(force_ids: Collection[int], *, at: datetime) -> set[int]:
    """The same, of forces by their keys."""
    return _unmailed(force_ids, _boxes(force_ids), at) if force_ids else set()


def _boxes(force_ids: Collection[int]) -> list[Mailbox]:
    """Every mailbox that these forces ever had."""
    return list(Mailbox.objects.filter(force__in=force_ids))


def _unmailed(force_ids: Collection[int], boxes: Iterable[Mailbox], at: datetime) -> set[int]:
    """Those of these forces of which none of these mailboxes was reached at `at`."""
    then = [box for box in boxes if box.starts_at <= at and (box.ends_at is None or at < box.ends_at)]
    return set(force_ids) - {box.force_id for box in reached(then) if box.purpose in FORCE_PURPOSES}


def to_phone(message: Message) -> str:
    """The names of the forces that duty is to phone by a message of this wording: those that had no mailbox by then."""
    return names_of(to_phone_by([message]).get(message.pk, ()))


def names_of(forces: Iterable[PoliceForce]) -> str:
    """Forces in a line."""
    return ", ".join(force.name for force in forces)


def to_phone_by(messages: Collection[Message]) -> dict[UUID, list[PoliceForce]]:
    """The forces by message, of those that ask to phone a force that has no mailbox; in a fixed number of queries."""
    asking = [one for one in messages if one.wording == WORDING and one.episode_id is not None]
    if not asking:
        return {}
    known = _read(asking)
    return {one.pk: _forces_of(one, known) for one in asking}


def to_phone_of(tasks: Collection[DutyTask]) -> dict[int, list[PoliceForce]]:
    """The same by task, of the calls to forces that have no mailbox, with those of which nobody could be told."""
    said = {one.pk: one.message or _unsaid(one) for one in tasks if one.message is not None or one.is_of_end}
    forces = to_phone_by(said.values())
    return {pk: forces[message.pk] for pk, message in said.items() if message.pk in forces}


def _unsaid(task: DutyTask) -> Message:
    """What the desk would have been told of the end that this call is about; it is not saved, for there is nobody to tell."""
    return Message(
        wording=WORDING,
        step=STEP,
        kind=MessageKind.ENDING,
        episode_id=task.episode_id,
        created_at=task.opened_at,
    )


@dataclass(frozen=True)
class _Known:
    """What it takes to say which forces some messages are about: the facts of their episodes at any instant."""

    # By episode: the forces it is with still, those that led it with the first start first, and those that know its end.
    told: Mapping[int, Sequence[EpisodeForce]]
    leads: Mapping[int, Sequence[ForceInCharge]]
    heard: Mapping[int, set[int | None]]
    boxes: Sequence[Mailbox]
    # Of messages that name it themselves.
    added: Mapping[int, PoliceForce]
    offers: Mapping[int, ForceOffer]


def _read(messages: Sequence[Message]) -> _Known:
    """Read no more than these messages ask for: most are about the forces of an episode, and about nothing else."""
    of_step = [one for one in messages if one.step.partition(":")[0] == STEP and not _named(one, LEAD)]
    told = episodes.alerted_of(_episodes(of_step), at=max(one.created_at for one in messages))
    of_lines = _episodes(one for one in of_step if one.step != STEP)
    of_ends = _episodes(one for one in of_step if one.kind == MessageKind.ENDING)
    leads: dict[int, list[ForceInCharge]] = defaultdict(list)
    for start in ForceInCharge.objects.filter(episode__in=of_lines).order_by("starts_at"):
        leads[start.episode_id].append(start)
    offers = ForceOffer.objects.select_related("from_force", "to_force")
    return _Known(
        told,
        leads,
        _heard_of_ends(of_ends),
        _boxes({row.force_id for rows in told.values() for row in rows}),
        PoliceForce.objects.in_bulk([pk for one in messages if (pk := _named(one, ADDED))]),
        offers.in_bulk([pk for one in messages if (pk := _named(one, LEAD))]),
    )


def _episodes(messages: Iterable[Message]) -> set[int]:
    return {one.episode_id for one in messages if one.episode_id is not None}


def _named(message: Message, before: str) -> int:
    """The key that a message's step has after this; what follows a point counts how often. 0 where it has none."""
    return int(message.step.removeprefix(before).partition(".")[0]) if message.step.startswith(before) else 0


def _forces_of(message: Message, known: _Known) -> list[PoliceForce]:
    if added := _named(message, ADDED):
        return [known.added[added]]
    if answered := _named(message, LEAD):
        listening = _listening(known.offers[answered])
        return [force_ends.standing(listening, day=london_day(message.created_at))]
    step, _, since = message.step.partition(":")
    episode_id, at = message.episode_id, message.created_at
    if step != STEP or episode_id is None:
        return []
    forces = [row.force for row in known.told.get(episode_id, ())]
    unmailed = _unmailed([one.pk for one in forces], known.boxes, at)
    if since:
        # Lines are for the force that leads.
        starts = [start.force_id for start in known.leads[episode_id] if start.starts_at <= at]
        unmailed &= set(starts[-1:])
    if message.kind == MessageKind.ENDING:
        unmailed -= known.heard[episode_id]
    return [one for one in forces if one.pk in unmailed]


def is_asked(episode: MissingEpisode, since: datetime) -> bool:
    """Whether duty was asked after `since` to phone the force that leads this search: at its start, or of lines."""
    words = Message.objects.filter(wording=WORDING, episode=episode.pk).exclude(kind=MessageKind.ENDING)
    at_start, of_lines = (
        Q(step=STEP, created_at__gte=since),
        Q(step__startswith=f"{STEP}:", created_at__gte=since),
    )
    # Two lines of one second are one call.
    of_lines |= Q(step=f"{STEP}:{int(since.timestamp())}")
    return words.filter(at_start | of_lines).exclude(step__startswith=LEAD).exists()


def _listening(given: ForceOffer) -> PoliceForce:
    """The force of an answered offer whose officer did not say the answer."""
    return given.to_force if given.answer == ForceOffer.Answer.WITHDRAWN else given.from_force


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
