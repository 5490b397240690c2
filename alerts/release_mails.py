"""Word to a force of lines that were released to it, and to the child's worker where nobody there has read them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Greatest

from alerts import desk_phones, outbox, recipients, release_reads, tiers, unmailed_forces
from alerts.models import Alert, Channel, Message, MessageKind, Release
from alerts.posts import FORCE_PURPOSES, Post, Recipient, mailboxes_of
from alerts.states import MessageStatus
from alerts.urgency import urgency_of
from cases import access, facts
from cases.access import Permission
from cases.deadlines import next_at_wall
from cases.models import Child, EpisodeForce, Mailbox, MissingEpisode, PoliceForce, Responsibility, User

logger = structlog.get_logger(__name__)

RELEASED, UNREAD = "police_released", "released_unread"
WORDINGS = frozenset({RELEASED, UNREAD})
# The step of the mail of a day, and of one that goes at once.
DAILY, AT_ONCE = "released", "released_now"
LOST = (MessageStatus.FAILED, MessageStatus.CANCELLED)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
# With the daily lists, behind everything else; what may say where a missing child is goes before them.
URGENCY = {DAILY: 90, AT_ONCE: urgency_of("R2")}


@dataclass(frozen=True)
class Row:
    """One episode of a mail: how many lines nobody of the force has read, and when the last of them was released."""

    reference: str
    lines: int
    last_at: datetime
    # The force looks for this child now.
    is_sought: bool


@dataclass(frozen=True)
class Part:
    """The episodes of one authority's children, by reference, and the number that is answered day and night."""

    authority: str
    phone: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class New:
    """A line that its force was not told of: of which child, since when it is to be, and whether it looks for the child."""

    child_id: int
    since: datetime
    is_sought: bool


def tell(*, now: datetime) -> int:
    """Owe each force word of what was released to it since its last mail, and each worker of what nobody there reads.

    Return how many of both were looked at. It is the force that leads the search that hears, whichever it is by then: one
    that has handed the search on is told nothing more. All of a day goes in one mail in the morning; where the force
    looks for one of the children it goes at once, for what the child said before may say where to look. One that fails is
    reported and stops no other.
    """
    done = 0
    for force_id in _untold(now):
        done += _try(partial(_owe_to_force, force_id, now), force=force_id)
    for episode_id in _silent(now):
        done += _try(partial(_owe_to_worker, episode_id, now), episode=episode_id)
    return done


def _try(work: Callable[[], object], **about: int) -> int:
    try:
        work()
    except Exception:
        logger.exception("release_not_told", **about)
    return 1


def goes_on(message: Message, *, now: datetime) -> bool:
    """Whether what a message of these wordings tells of is so still: unread, released, and to the force that leads."""
    if message.wording == RELEASED:
        return message.force_id in _untold(now, mailbox=message.mailbox_id)
    reader, episode = message.user, message.episode
    if episode is None or episode.pk not in _silent(now, told=False):
        return False
    return reader is None or access.may(reader, episode.child, Permission.SEE_RECORD, at=now)


def references(message: Message, *, now: datetime) -> tuple[str, ...]:
    """The episodes that the mail to a force is about: what its child is looked for for comes first."""
    return tuple(row.reference for part in parts(message, now=now) for row in part.rows)


def parts(message: Message, *, now: datetime) -> list[Part]:
    """What a mail to a force says as it is now: all that nobody there has read, by whose children they are.

    In a fixed number of queries. An episode whose child the force looks for stands before the others of its authority.
    """
    if message.force_id is None:
        return []
    unread = release_reads.unread_by_leads(now, force=message.force_id)
    of_episode: dict[int, list[Release]] = defaultdict(list)
    for row in release_reads.open_to_all(unread, now):
        of_episode[row.episode_id].append(row)
    episodes = [rows[0].episode for rows in of_episode.values()]
    sought = _sought(message.force_id, [one.child_id for one in episodes], now)
    starts = Responsibility.objects.at(now).filter(child__in={one.child_id for one in episodes})
    responsible = {start.child_id: start.authority for start in starts.select_related("authority")}
    phones = desk_phones.of({one.pk for one in responsible.values()})
    found: dict[int, list[Row]] = defaultdict(list)
    names = {}
    for episode in episodes:
        authority, rows = responsible[episode.child_id], of_episode[episode.pk]
        names[authority.pk] = authority.said_name
        last_at = max(row.starts_at for row in rows)
        found[authority.pk].append(Row(episode.reference, len(rows), last_at, episode.child_id in sought))
    return [
        Part(names[pk], phones[pk], sorted(rows, key=lambda one: (not one.is_sought, one.reference)))
        for pk, rows in sorted(found.items(), key=lambda one: (names[one[0]], one[0]))
    ]


def is_for_search(message: Message, *, now: datetime) -> bool:
    """Whether a mail to a force is of a child for whom it looks now: once the child is found it asks nobody to act."""
    if message.wording != RELEASED:
        return False
    return any(row.is_sought for part in parts(message, now=now) for row in part.rows)


def searches(message: Message, *, now: datetime) -> list[MissingEpisode]:
    """The searches of that force for children of whom it has a line unread that a mail may name, the oldest first."""
    if message.wording != RELEASED or message.force_id is None:
        return []
    unread = release_reads.open_to_all(release_reads.unread_by_leads(now, force=message.force_id), now)
    told = _searches({message.force_id}, {row.episode.child_id for row in unread}, now)
    return [one.episode for one in told.select_related("episode").order_by("episode")]


def _untold(now: datetime, *, mailbox: int | None = None) -> dict[int, list[New]]:
    """By force in charge what nobody there has read and no mail to it, or to this mailbox, has told of.

    What was told is told anew where a search for its child begins: only a mail that went at once, in that search, has
    told of it.
    """
    rows = list(release_reads.open_to_all(release_reads.unread_by_leads(now), now))
    if not rows:
        return {}
    mails = Message.objects.filter(wording=RELEASED, status=MessageStatus.SENT)
    if mailbox is not None:
        mails = mails.filter(mailbox=mailbox)
    # It was written after it was due, and sent later still: what was released in between may not be in it.
    of_step = mails.order_by().values_list("force", "step").annotate(due=Max("next_try_at"))
    last = {(force, step): due for force, step, due in of_step}
    leads = {row.lead for row in rows}  # type: ignore[attr-defined]
    sought = _begun(leads, {row.episode.child_id for row in rows}, now)
    found: dict[int, list[New]] = defaultdict(list)
    for row in rows:
        lead = row.lead  # type: ignore[attr-defined]
        since, begun = release_reads.there_since(row), sought.get((lead, row.episode.child_id))
        told = last.get((lead, AT_ONCE), LONG_AGO)
        if begun is None:
            told = max(told, last.get((lead, DAILY), LONG_AGO))
        else:
            since = max(since, begun)
        if since > told:
            found[lead].append(New(row.episode.child_id, since, is_sought=begun is not None))
    return found


def _searches(forces: Collection[int], children: Collection[int], now: datetime) -> QuerySet[EpisodeForce]:
    """The searches of these forces for these children, whom nobody has met."""
    episodes = MissingEpisode.objects.sought().filter(child__in=children, child_confirmed_at=None)
    episodes = episodes.filter(police_owed_at__lte=now)
    return EpisodeForce.objects.filter(force__in=forces, left_at=None, episode__in=episodes)


def _begun(
    forces: Collection[int], children: Collection[int], now: datetime
) -> dict[tuple[int, int], datetime]:
    """By force and child since when the one looks for the other."""
    rows = _searches(forces, children, now).annotate(since=Greatest("added_at", "episode__police_owed_at"))
    return {
        (force, child): since for force, child, since in rows.values_list("force", "episode__child", "since")
    }


def _sought(force_id: int, child_ids: Collection[int], now: datetime) -> set[int]:
    """Which of these children the force looks for."""
    return {child for _force, child in _begun({force_id}, child_ids, now)}


def _owe_to_force(force_id: int, now: datetime) -> None:
    """One mail to each of its mailboxes; what waits for the morning is brought forward once it looks for the child."""
    if unmailed_forces.among({force_id}, at=now):
        _ask_to_phone(force_id, now)
        return
    with transaction.atomic():
        # Of two that look at once one waits for the other, and finds it owed.
        PoliceForce.objects.select_for_update(no_key=True).get(pk=force_id)
        new = _untold(now).get(force_id)
        if not new:
            return
        urgent = [one.since for one in new if one.is_sought]
        step = AT_ONCE if urgent else DAILY
        unsent = Message.objects.unsent().filter(wording=RELEASED, force=force_id)
        if unsent.exists() and step == DAILY:
            return
        # What was tried and failed waits for its next try, and says all that is new by then.
        waits = unsent.filter(step=DAILY, status=MessageStatus.QUEUED, attempts=0, next_try_at__gt=now)
        if step == AT_ONCE:
            waits.update(step=step, urgency=URGENCY[step], next_try_at=now, owed_at=now)
        served = set(unsent.values_list("mailbox", flat=True))
        since = max(urgent or [one.since for one in new])
        goes_at = now if step == AT_ONCE else next_at_wall(now, settings.RELEASE_MAIL_AT)
        owed = [
            _message(RELEASED, step, to, urgency=URGENCY[step], owed_at=goes_at, now=now)
            for to in _boxes(force_id, step, refused=_refused(force_id, since), now=now)
            if to.mailbox_id not in served
        ]
        Message.objects.bulk_create(owed)


def _ask_to_phone(force_id: int, now: datetime) -> None:
    """The force has no mailbox: duty of each child whom it looks for and of whom a line is new to it phones, once."""
    if not _to_phone(force_id, now):
        # Asked before, as long as nobody there reads: nothing is locked for it.
        return
    with transaction.atomic():
        PoliceForce.objects.select_for_update(no_key=True).get(pk=force_id)
        children = {episode.child_id for episode, _since in _to_phone(force_id, now)}
        list(Child.objects.locked().filter(pk__in=children).order_by("pk"))
        for episode, since in _to_phone(force_id, now):
            alert = Alert.objects.lasting(episode.pk)
            if alert is None or episode.child_id not in children:
                continue
            (child,) = facts.load([episode.child_id]).values()
            directory = recipients.directory([child], at=now)
            urgency, step = URGENCY[AT_ONCE], f"{unmailed_forces.STEP}:{int(since.timestamp())}"
            owed = unmailed_forces.asked(alert, child, directory, urgency=urgency, at=now, step=step)
            outbox.enqueue(owed, at=now)
            unmailed_forces.ring(alert, directory, urgency=urgency, at=now)


def _to_phone(force_id: int, now: datetime) -> list[tuple[MissingEpisode, datetime]]:
    """The searches of which a line is new to the force and duty was not asked to phone it since, each with since when."""
    since: dict[int, datetime] = {}
    for one in _untold(now).get(force_id, ()):
        if one.is_sought:
            since[one.child_id] = max(one.since, since.get(one.child_id, one.since))
    if not since:
        return []
    told = _searches({force_id}, since, now).select_related("episode__child").order_by("episode")
    searched = [(one.episode, since[one.episode.child_id]) for one in told]
    return [one for one in searched if not unmailed_forces.is_asked(*one)]


def _refused(force_id: int, since: datetime) -> set[int]:
    """The mailboxes that refused a mail that was due since then, and from which nobody has answered after that."""
    failed = Message.objects.filter(wording=RELEASED, force=force_id, status=MessageStatus.FAILED)
    boxes = Mailbox.objects.filter(pk__in=failed.filter(next_try_at__gte=since).values("mailbox"))
    return {box.pk for box in boxes if not box.answers}


def _boxes(force_id: int, step: str, *, refused: Collection[int], now: datetime) -> list[Recipient]:
    """The coordinator of missing persons, else the control room; both where it goes at once. None that refused."""
    boxes = [
        one
        for one in mailboxes_of((), (), [force_id], at=now)
        if one.purpose in FORCE_PURPOSES and one.pk not in refused
    ]
    own = [one for one in boxes if one.purpose == Mailbox.Purpose.COORDINATOR]
    if step == DAILY:
        boxes = own or boxes
    return [Recipient(Post.FORCE, Channel.MAIL, mailbox_id=one.pk, force_id=force_id) for one in boxes]


def _silent(now: datetime, *, told: bool = True) -> dict[int, datetime]:
    """By episode since when there is something that its force has not read for too long; `told`, less what was told.

    Of a force that was told of nothing, because it has no mailbox, at once.
    """
    unread = release_reads.unread_by_leads(now).filter(episode__child__closed_at=None)
    # Of a restricted record the force is mailed nothing, and most of it can open none.
    rows = list(release_reads.open_to_all(unread, now))
    if not rows:
        return {}
    children = {row.episode_id: row.episode.child_id for row in rows}
    said = Message.objects.filter(wording=UNREAD, episode__in=children).exclude(status__in=LOST)
    last = dict(said.order_by().values_list("episode").annotate(Max("created_at"))) if told else {}
    since: dict[int, datetime] = {}
    for row in rows:
        there = release_reads.there_since(row)
        # What was there by the last word was told by it, be it unread still.
        if there >= last.get(row.episode_id, LONG_AGO):
            since[row.episode_id] = min(there, since.get(row.episode_id, there))
    starts = Responsibility.objects.at(now).filter(child__in=children.values()).select_related("authority")
    responsible = {start.child_id: start.authority for start in starts}
    lead = {row.episode_id: row.lead for row in rows}  # type: ignore[attr-defined]
    unmailed = unmailed_forces.among(set(lead.values()), at=now)
    return {
        pk: there
        for pk, there in since.items()
        if lead[pk] in unmailed or release_reads.silent_from(there, responsible[children[pk]]) <= now
    }


def _owe_to_worker(episode_id: int, now: datetime) -> None:
    """One mail to the child's social worker; where nobody is, or it fails, to the team's manager."""
    with transaction.atomic():
        episode = MissingEpisode.objects.select_related("child").get(pk=episode_id)
        Child.objects.locked().get(pk=episode.child_id)
        # It may have been read, taken back or told of while another had the child.
        since = _silent(now).get(episode_id)
        if since is None:
            return
        (child,) = facts.whereabouts([episode.child]).values()
        directory = recipients.directory([child], at=now)
        said = Message.objects.filter(wording=UNREAD, episode=episode, created_at__gte=since)
        failed = set(said.filter(status=MessageStatus.FAILED).values_list("recipient", flat=True))

        def standing(post: Post) -> list[Recipient]:
            found = {one.user_id: one for one in directory.resolve(post, child, (Channel.MAIL,))}
            return [
                found[user.pk]
                for user in User.objects.filter(pk__in=[pk for pk in found if pk is not None]).order_by("pk")
                if found[user.pk].key not in failed
                and access.may(user, episode.child, Permission.SEE_RECORD, at=now)
            ]

        told: list[Recipient] = next(filter(None, map(standing, (Post.WORKER, Post.MANAGER))), [])
        owed = [
            _message(UNREAD, "unread", to, urgency=urgency_of("R2"), owed_at=tiers.by_day(now), now=now)
            for to in told
        ]
        for message in owed:
            message.episode = episode
            message.authority_id = directory.authority.get(episode.child_id)
        Message.objects.bulk_create(owed)


def _message(
    wording: str, step: str, to: Recipient, *, urgency: int, owed_at: datetime, now: datetime
) -> Message:
    return Message(
        kind=MessageKind.ALERT,
        wording=wording,
        step=step,
        channel=to.channel,
        post=to.post,
        recipient=to.key,
        user_id=to.user_id,
        mailbox_id=to.mailbox_id,
        force_id=to.force_id,
        urgency=urgency,
        owed_at=owed_at,
        created_at=now,
        next_try_at=owed_at,
    )
