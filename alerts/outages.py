"""What is owed after an outage of the engine: a roll-call by every home, and one list for each duty desk."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from alerts import heartbeats, policies, policy_shelf, recipients, setbacks
from alerts.models import Channel, Clock, DutyTask, Message, MessageKind, Outage
from alerts.recipients import Post, Recipient
from alerts.schedule import Step
from alerts.urgency import URGENCY
from cases.deadlines import london_day
from cases.models import Authority, Child, Placement, Responsibility
from cases.worded import Question

logger = structlog.get_logger(__name__)

# The step that messages of an outage carry; they climb no ladder.
STEP = "outage"
# Home, desk and manager are told once of the whole outage instead of by each alert's own rung.
FOLDED_STEPS = (Step.R0, Step.R1, Step.R2)
WORDINGS = {
    Post.HOME: "home_outage",
    Post.DUTY: "duty_outage",
    Post.MANAGER: "manager_outage",
    Post.SECOND: "manager_outage",
}
_URGENCY = {
    Post.HOME: URGENCY[Step.R0],
    Post.DUTY: URGENCY[Step.R1],
    Post.MANAGER: URGENCY[Step.R2],
    Post.SECOND: URGENCY[Step.R2],
}


@dataclass(frozen=True)
class Told:
    """Somebody to be told of an outage, once: of one home, or of all homes of an authority."""

    outage: Outage
    recipient: Recipient
    authority_id: int
    home_id: int | None = None


@dataclass(frozen=True)
class _Placed:
    """A child in a home, whose authority asks it for the roll-call."""

    home_id: int | None
    phone: str
    authority_id: int


def notice(*, now: datetime) -> Outage | None:
    """Write the outage that ends with this sweep, where the last one was too long ago; None where nothing was missed.

    To be called before sweeping, by whoever sweeps: what the sweep climbs depends on it.
    """
    setbacks.notice(now=now)
    last = heartbeats.last_sweep(now)
    if last is None or now - last <= timedelta(seconds=settings.OUTAGE_AFTER_SECONDS):
        return None
    if not _is_missed(now):
        return None
    held_until = now + timedelta(seconds=settings.OUTAGE_HOLD_SECONDS)
    outage, noticed = Outage.objects.get_or_create(
        began_at=last, defaults={"ended_at": now, "held_until": held_until}
    )
    if noticed:
        logger.error("outage", outage=outage.pk, began=last.isoformat(), ended=now.isoformat())
    return outage


def _is_missed(now: datetime) -> bool:
    """Whether anybody is watched whom the silence could concern.

    A story's children live by seconds: nobody is asked for a roll-call of theirs. A demo stops with
    whoever shows it, and its start calls the rolls of the invented homes: nothing was missed there
    unless a roll-call is owed even so.
    """
    if settings.DEMO:
        owed = Clock.objects.due(now).filter(kind=Clock.Kind.CONTACT, resting=False, rung="")
        return owed.filter(child__demo_watch=None).exists()
    return Child.objects.open(now).filter(demo_watch=None).exists()


def ask(*, now: datetime) -> int:
    """Ask every home for a roll-call and give every duty desk its list, once for each outage; return the messages owed."""
    if not Outage.objects.unasked().exists():
        return 0
    with transaction.atomic():
        outage = Outage.objects.unasked().select_for_update(skip_locked=True).first()
        if outage is None:
            return 0
        placed = _placed(now)
        authorities = sorted({one.authority_id for one in placed})
        directory = recipients.desks(authorities, at=now)
        told = [Told(outage, r, a) for a in authorities for r in directory.standing(Post.DUTY, a)]
        told += [Told(outage, _phone(phone), a, home) for home, phone, a in _homes(placed)]
        tell(told, at=now)
        _open_tasks(outage, authorities, now)
        outage.asked_at = now
        outage.save(update_fields=["asked_at"])
    return len(told)


def tell(told: Iterable[Told], *, at: datetime) -> None:
    """Owe each of these word of the outage, in the commit of the fact; whoever has it is not told again."""
    Message.objects.bulk_create([_message(one, at) for one in told], ignore_conflicts=True)


def ring_second(tasks: Sequence[DutyTask], *, at: datetime) -> None:
    """Nobody has taken the list of these desks: the second person on the rota hears of it.

    An authority that has ended has no rota: those of each that took its place stand for it.
    """
    if not tasks:
        return
    heirs = Authority.objects.standing_for({task.authority_id for task in tasks}, day=london_day(at))
    desks = {task.pk: heirs.get(task.authority_id) or [task.authority_id] for task in tasks}
    directory = recipients.desks(sorted({desk for found in desks.values() for desk in found}), at=at)
    outages = Outage.objects.in_bulk([task.outage_id for task in tasks])
    tell(
        [
            Told(outages[task.outage_id], second, desk)
            for task in tasks
            if task.outage_id is not None
            for desk in desks[task.pk]
            for second in directory.seconds_of(desk)
        ],
        at=at,
    )


def folded(step: str, owed_at: datetime, outages: Iterable[Outage]) -> Outage | None:
    """The outage whose roll-call and lists stand for this rung of no record, since it fell due while nothing ran."""
    if step not in FOLDED_STEPS:
        return None
    return next((o for o in outages if o.began_at < owed_at <= o.ended_at), None)


def holding(at: datetime) -> Outage | None:
    """The outage whose hold runs at `at`: no force is sent word of a home without a record before it ends."""
    return next(iter(_HOLDING(at)), None)


_HOLDING = Question(
    lambda at: Outage.objects.filter(ended_at__lte=at, held_until__gt=at).order_by("-held_until")[:1]
)


def homes_of(authority_id: int | None, *, now: datetime) -> int:
    """How many homes an authority has children in, those without a home on record by their phone.

    Of one that has ended those of each that took its place: word of it may have waited meanwhile.
    """
    if authority_id is None:
        return _count(_placed(now))
    heirs = Authority.objects.standing_for([authority_id], day=london_day(now))
    return _count(_placed(now, heirs.get(authority_id) or [authority_id]))


def _count(placed: Sequence[_Placed]) -> int:
    return len({(one.home_id, one.home_id or one.phone) for one in placed})


def _placed(now: datetime, authority_ids: Collection[int] | None = None) -> list[_Placed]:
    responsible = Responsibility.objects.at(now)
    if authority_ids is not None:
        responsible = responsible.filter(authority__in=authority_ids)
    authorities = dict(responsible.values_list("child", "authority"))
    rows = Placement.objects.current(now).filter(
        child__in=Child.objects.open(now).filter(demo_watch=None).values("pk")
    )
    return [
        _Placed(home_id, phone, authorities[child_id])
        for child_id, home_id, phone in rows.values_list("child", "home", "phone")
        if child_id in authorities
    ]


def _homes(placed: Sequence[_Placed]) -> list[tuple[int | None, str, int]]:
    """Each home once, with its phone and the authority that has most children there."""
    children: dict[tuple[int | None, str], Counter[tuple[str, int]]] = defaultdict(Counter)
    for one in placed:
        if one.phone:
            key = (one.home_id, "" if one.home_id is not None else one.phone)
            children[key][one.phone, one.authority_id] += 1
    return [
        (home_id, *max(counted, key=lambda one: (counted[one], -one[1], one[0])))
        for (home_id, _), counted in children.items()
    ]


def _phone(phone: str) -> Recipient:
    return Recipient(Post.HOME, Channel.TEXT, phone=phone)


def _open_tasks(outage: Outage, authorities: Sequence[int], at: datetime) -> None:
    shelf = policy_shelf.read(policies.CALL, authority_ids=authorities)
    DutyTask.objects.bulk_create(
        [
            DutyTask(
                kind=DutyTask.Kind.AFTER_OUTAGE,
                authority_id=authority_id,
                outage=outage,
                urgency=URGENCY[Step.R1],
                opened_at=at,
                next_at=at
                + policies.calls_at(shelf.calls(policy_shelf.always(authority_id)), at).untaken_after,
            )
            for authority_id in authorities
        ],
        ignore_conflicts=True,
    )


def _message(one: Told, at: datetime) -> Message:
    recipient = one.recipient
    return Message(
        kind=MessageKind.ALERT,
        wording=WORDINGS[recipient.post],
        step=STEP,
        channel=recipient.channel,
        post=recipient.post,
        recipient=recipient.key,
        user_id=recipient.user_id,
        mailbox_id=recipient.mailbox_id,
        phone=recipient.phone if recipient.channel != Channel.MAIL else "",
        authority_id=one.authority_id,
        home_id=one.home_id,
        outage=one.outage,
        urgency=_URGENCY[recipient.post],
        owed_at=one.outage.ended_at,
        created_at=at,
        next_try_at=at,
    )
