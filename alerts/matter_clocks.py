"""Clocks of data breaches and complaints: made in the commit of the report, climbed by the sweep, ended by the answer."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts import matter_ladder
from alerts.matter_ladder import Rung
from alerts.models import Channel, MatterClock, Message, MessageKind
from alerts.states import MessageStatus
from alerts.urgency import LEAST_URGENT, urgency_of
from cases import matters
from cases.models import KeepFrom, Mailbox, Matter, Membership, Reach, Role, User
from cases.signals import matters_changed

LAST = "R5"
BATCH = 50
# What the engine had no time for yet is no broken promise.
GRACE = timedelta(minutes=2)
WORDING, ANSWERED = "matter_waits", "matter_answered"
# Of a worry: a designated officer has no account and opens nothing, and is told whom to ring.
WORRY_WORDINGS = {"lado": "lado_worry", "senior": "senior_worry"}
WORRY_ANSWERED = "worry_answered"
# Of a rung: nobody can be told by these any more.
_LOST = (MessageStatus.FAILED, MessageStatus.CANCELLED)


@dataclass(frozen=True)
class To:
    """One way to one person or mailbox on a rung."""

    user_id: int | None
    channel: str
    phone: str = ""
    mailbox_id: int | None = None

    @property
    def key(self) -> str:
        if self.mailbox_id is not None:
            return f"{self.channel}/mailbox:{self.mailbox_id}"
        return f"{self.channel}/" + (f"phone:{self.phone}" if self.phone else f"user:{self.user_id}")


def listen() -> None:
    """Answer the bell of every report and answer, in its commit."""
    matters_changed.connect(_on_matters_changed, dispatch_uid="alerts.matter_clocks")


def _on_matters_changed(sender: object, ids: Collection[int], at: datetime, **kwargs: object) -> None:
    done = matters.answered(ids)
    for matter in Matter.objects.filter(pk__in=ids):
        MatterClock.objects.get_or_create(matter=matter, defaults={"due_at": matter.due_at, "next_at": at})
        if matter.pk in done:
            _end(matter, at)


def _end(matter: Matter, at: datetime) -> None:
    """End the clock, once: whoever was told hears it, and what is not out is not sent."""
    clock = MatterClock.objects.select_for_update().get(matter=matter)
    if clock.ended_at is not None:
        return
    clock.ended_at, clock.next_at = at, None
    clock.save(update_fields=["ended_at", "next_at"])
    told = (
        Message.objects.filter(matter=matter, channel=Channel.MAIL)
        .filter(Q(status=MessageStatus.SENT) | Q(status=MessageStatus.SENDING) | Q(may_be_out=True))
        .exclude(user__in=KeepFrom.objects.current(at).filter(child=matter.child_id).values("user"))
        .values_list("user", "post")
    )
    Message.objects.bulk_create(
        [
            _message(matter, To(user_id, Channel.MAIL), post=post, step="ending", owed_at=at, at=at)
            for user_id, post in dict(told).items()
            if user_id is not None
        ]
    )


def waiting(at: datetime) -> QuerySet[MatterClock]:
    """Those on which a rung is owed, or whose rung reached nobody: it climbs at once."""
    of_rung = Message.objects.filter(matter=OuterRef("matter"), step=OuterRef("rung"))
    lost = Exists(of_rung.filter(status__in=_LOST)) & ~Exists(of_rung.exclude(status__in=_LOST))
    return MatterClock.objects.filter(
        Q(next_at__lte=at) | (Q(ended_at=None) & ~Q(rung__in=("", LAST)) & lost)
    )


def tell(*, now: datetime) -> int:
    """Climb every rung that is owed, each matter in a commit of its own; return the messages owed."""
    return sum(_climb(pk, now) for pk in list(waiting(now).values_list("pk", flat=True)[:BATCH]))


def _climb(pk: int, now: datetime) -> int:
    with transaction.atomic():
        rows = waiting(now).select_for_update(skip_locked=True, of=("self",)).select_related("matter")
        clock = rows.filter(pk=pk).first()
        if clock is None:
            return 0
        matter, sent = clock.matter, 0
        # A rung that reached nobody does not wait for the time of the next.
        at_once = clock.next_at is None or clock.next_at > now
        while rung := matter_ladder.owed(
            matter.kind,
            since=matter.since,
            limit_at=matter.limit_at,
            climbed=clock.rung,
            now=now,
            at_once=at_once,
        ):
            found = list(_standing(rung, matter, now))
            owed_at = min(now, max(rung.instant(matter.since, matter.limit_at), matter.reported_at))
            Message.objects.bulk_create(
                [
                    _message(matter, to, post=rung.post, step=rung.step, owed_at=owed_at, at=now)
                    for to in found
                ],
                ignore_conflicts=True,
            )
            clock.rung, sent, at_once = rung.step, sent + len(found), not found
        clock.next_at = matter_ladder.next_at(
            matter.kind, since=matter.since, limit_at=matter.limit_at, climbed=clock.rung
        )
        clock.save(update_fields=["rung", "next_at"])
        return sent


def untold(now: datetime) -> Iterator[str]:
    """Those without a clock, those that the sweep has not looked at in time, and those whose whole ladder reached nobody."""
    without = Matter.objects.filter(clock=None)
    yield from (matter.reference for matter in without)
    live = Message.objects.filter(matter=OuterRef("matter")).exclude(status__in=_LOST)
    nobody = Q(rung=LAST) & ~Exists(live)
    rows = MatterClock.objects.filter(Q(next_at__lt=now - GRACE) | nobody, ended_at=None)
    yield from (clock.matter.reference for clock in rows.select_related("matter"))


def _standing(rung: Rung, matter: Matter, at: datetime) -> Iterable[To]:
    if rung.post == "lado":
        boxes = Mailbox.objects.current(at).filter(
            purpose=Mailbox.Purpose.LADO, authority=matter.authority_id
        )
        return [To(None, Channel.MAIL, mailbox_id=box.pk) for box in boxes.order_by("pk")]
    if rung.post == "senior":
        senior = matters.senior_of(matter, at=at)
        return list(_ways([senior] if senior is not None else [], rung))
    return list(_ways(_holders(rung, matter.authority_id, at), rung))


def _holders(rung: Rung, authority_id: int, at: datetime) -> Iterable[User]:
    people: dict[int, User] = {}
    held = Membership.objects.current(at).select_related("user").order_by("pk")
    if rung.post == "dpo":
        rows = held.filter(role=Role.DPO, authority=authority_id)
    else:
        reach = Reach.SERVICE if rung.post == "head" else Reach.DIRECTORATE
        rows = held.filter(role=Role.TEAM_MANAGER, reach=reach, team__authority=authority_id)
    for membership in rows:
        people[membership.user_id] = membership.user
    return people.values()


def _ways(people: Iterable[User], rung: Rung) -> Iterable[To]:
    for user in people:
        yield To(user.pk, Channel.MAIL)
        if user.phone and rung.step != "R1":
            yield To(user.pk, Channel.TEXT, user.phone)


def _wording(matter: Matter, post: str, *, ending: bool) -> str:
    if matter.kind == Matter.Kind.WORRY:
        return WORRY_ANSWERED if ending else WORRY_WORDINGS[post]
    return ANSWERED if ending else WORDING


def _message(matter: Matter, to: To, *, post: str, step: str, owed_at: datetime, at: datetime) -> Message:
    ending = step == "ending"
    return Message(
        kind=MessageKind.ENDING if ending else MessageKind.ALERT,
        wording=_wording(matter, post, ending=ending),
        step=step,
        channel=to.channel,
        post=post,
        recipient=to.key,
        user_id=to.user_id,
        mailbox_id=to.mailbox_id,
        phone=to.phone,
        authority_id=matter.authority_id,
        matter=matter,
        # Behind what is owed about a child who may be gone.
        urgency=LEAST_URGENT if ending else urgency_of("R0"),
        owed_at=owed_at,
        created_at=at,
        next_try_at=at,
    )
