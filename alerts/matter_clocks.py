"""Clocks of data breaches and complaints: made in the commit of the report, climbed by the sweep, ended by the answer."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from alerts import arrival_clocks, desk_matters, link_clocks, matter_ladder, policies, policy_shelf, tiers
from alerts.desk_matters import To
from alerts.duties import DEFAULT_RULES, Duty
from alerts.matter_ladder import Rung
from alerts.models import Channel, MatterClock, Message, MessageKind
from alerts.states import MessageStatus
from alerts.urgency import LEAST_URGENT, urgency_of
from cases import attempts, matters
from cases.deadlines import london_day
from cases.models import (
    Authority,
    FoundMatch,
    KeepFrom,
    Mailbox,
    Matter,
    Membership,
    Reach,
    Role,
    User,
    WorkerLeave,
)
from cases.models.matters import FOR_DESK, FOR_SENIOR, OF_LINK
from cases.signals import found_answered, matters_changed

logger = structlog.get_logger(__name__)

BATCH = 50
# One that fails is set aside for 5, 10, 20 … seconds, at most 10 minutes, and reported each time.
SET_ASIDE = timedelta(seconds=5)
SET_ASIDE_AT_MOST = timedelta(minutes=10)
# So often what is for a senior is looked at, for one or for a mailbox that nobody has told of it yet.
NEWCOMERS = timedelta(hours=1)
# What the engine had no time for yet is no broken promise.
GRACE = timedelta(minutes=2)
WORDING, ANSWERED = "matter_waits", "matter_answered"
# Of a worry: a designated officer has no account and opens nothing, and is told whom to ring.
WORRY_WORDINGS = {"lado": "lado_worry", "senior": "senior_worry"}
WORRY_ANSWERED = "worry_answered"
RESTRICTED_WORDING = "senior_restricted"
FOUND_WORDING, FOUND_OVER, FOUND_ANSWERED = "found_waits", "found_over", "found_answered"
# Of a rung: nobody can be told by these any more.
_LOST = (MessageStatus.FAILED, MessageStatus.CANCELLED)


def listen() -> None:
    """Answer the bell of every report and answer, in its commit."""
    matters_changed.connect(_on_matters_changed, dispatch_uid="alerts.matter_clocks")
    found_answered.connect(_on_found_answered, dispatch_uid="alerts.matter_clocks")


def _on_matters_changed(sender: object, ids: Collection[int], at: datetime, **kwargs: object) -> None:
    done = matters.answered(ids)
    for matter in Matter.objects.filter(pk__in=ids):
        MatterClock.objects.get_or_create(matter=matter, defaults={"due_at": matter.due_at, "next_at": at})
        if matter.pk in done:
            _end(matter, at)


def _on_found_answered(sender: object, match: FoundMatch, at: datetime, **kwargs: object) -> None:
    """The desk that has the child hears each answer, one after it was closed too; nobody who is kept from the child does."""
    matter, child_id = match.found.matter, match.episode.child_id
    kept = KeepFrom.objects.people([child_id], at)
    rungs = (Rung("", post, timedelta()) for post in matter_ladder.FOUND_POSTS.values())
    standing = (
        [to for to in desk_matters.of_desk(matter, rung, at) if to.user_id not in kept] for rung in rungs
    )
    found = next((told for told in standing if told), [])
    said = Message.objects.filter(matter=matter, step__startswith=f"said:{match.pk}:")
    step = f"said:{match.pk}:{said.values('step').distinct().count() + 1}"
    Message.objects.bulk_create(
        _message(matter, to, step=step, wording=FOUND_ANSWERED, owed_at=at, at=at) for to in found
    )


def _end(matter: Matter, at: datetime) -> None:
    """End the clock, once: whoever was told hears it, and what is not out is not sent."""
    clock = MatterClock.objects.select_for_update().get(matter=matter)
    if clock.ended_at is not None:
        return
    clock.ended_at, clock.next_at = at, None
    clock.save(update_fields=["ended_at", "next_at"])
    # Whoever was told that a record is restricted has looked at it themselves.
    if matter.kind == Matter.Kind.RESTRICTED:
        return
    if matter.kind == Matter.Kind.ARRIVAL and arrival_clocks.is_taken_back(matter):
        _tell_taken_back(matter, at)
        return
    told = (
        Message.objects.filter(matter=matter, channel=Channel.MAIL)
        .filter(Q(status=MessageStatus.SENT) | Q(status=MessageStatus.SENDING) | Q(may_be_out=True))
        .exclude(user__in=KeepFrom.objects.current(at).filter(child=matter.child_id).values("user"))
        .values_list("user", "mailbox", "post")
    )
    if matter.kind in OF_LINK:
        told = link_clocks.still_asked(matter, told)
    ways = {
        (user_id, mailbox_id): To(user_id, Channel.MAIL, post=post, mailbox_id=mailbox_id)
        for user_id, mailbox_id, post in told
        # A desk has its mailbox; that of a designated officer opens no page.
        if user_id is not None or matter.kind in FOR_DESK
    }
    Message.objects.bulk_create(
        [_message(matter, to, step="ending", owed_at=at, at=at) for to in ways.values()]
    )


def _tell_taken_back(matter: Matter, at: datetime) -> None:
    """Both sides hear at once that an arrival was taken back, whoever said so too."""
    step, wording = arrival_clocks.BACK_STEP, arrival_clocks.BACK
    for authority_id, found in arrival_clocks.both_sides(matter, at).items():
        owed = [_message(matter, to, step=step, wording=wording, owed_at=at, at=at) for to in found]
        for one in owed:
            one.authority_id = authority_id
        Message.objects.bulk_create(owed, ignore_conflicts=True)


def waiting(at: datetime) -> QuerySet[MatterClock]:
    """Those on which a rung is owed, or whose rung reached nobody: it climbs at once."""
    of_rung = Message.objects.filter(matter=OuterRef("matter"), step=OuterRef("rung"))
    lost = Exists(of_rung.filter(status__in=_LOST)) & ~Exists(of_rung.exclude(status__in=_LOST))
    climbing = Q(ended_at=None, rung__in=matter_ladder.LADDER_STEPS)
    return MatterClock.objects.ready(at).filter(Q(next_at__lte=at) | (climbing & lost))


def tell(*, now: datetime) -> int:
    """Climb every rung that is owed, each matter in a commit of its own; return the messages owed.

    One that fails is set aside, and the others are told.
    """
    owed = 0
    for pk in list(waiting(now).order_by("next_at", "pk").values_list("pk", flat=True)[:BATCH]):
        try:
            owed += _climb(pk, now)
        except Exception as error:  # noqa: BLE001 - any fault of one matter
            _set_aside(pk, error, now)
    return owed


def _set_aside(pk: int, error: Exception, now: datetime) -> None:
    logger.error("matter_fails", clock=pk, error=type(error).__name__)
    attempts.count("matter_fails")
    clock = MatterClock.objects.get(pk=pk)
    pause = min(SET_ASIDE * 2 ** min(clock.faults, 10), SET_ASIDE_AT_MOST)
    MatterClock.objects.filter(pk=pk).update(
        faults=min(clock.faults + 1, 1000),
        fault=f"{type(error).__name__}: {error}"[:300],
        set_aside_until=now + pause,
    )


def _climb(pk: int, now: datetime) -> int:
    with transaction.atomic():
        rows = waiting(now).select_for_update(skip_locked=True, of=("self",)).select_related("matter")
        clock = rows.filter(pk=pk).first()
        if clock is None:
            return 0
        matter = clock.matter
        climbed: list[tuple[Rung, list[To]]] = []
        # A rung that reached nobody does not wait for the time of the next.
        at_once, ladder = _is_lost(clock), _ladder(matter)
        while rung := matter_ladder.owed(
            matter.kind,
            since=matter.since,
            limit_at=matter.limit_at,
            climbed=clock.rung,
            now=now,
            at_once=at_once,
            ladder=ladder,
        ):
            found = list(_standing(rung, matter, now))
            climbed.append((rung, found))
            clock.rung = rung.step
            at_once = not found and rung.step in matter_ladder.LADDER_STEPS
        sent = _tell(matter, climbed, now)
        clock.next_at = matter_ladder.next_at(
            matter.kind, since=matter.since, limit_at=matter.limit_at, climbed=clock.rung, ladder=ladder
        )
        if matter.kind in FOR_SENIOR:
            sent += _tell_newcomers(matter, clock.rung, now)
            clock.next_at = min(clock.next_at or now + NEWCOMERS, now + NEWCOMERS)
        clock.faults, clock.fault, clock.set_aside_until = 0, "", None
        clock.save(update_fields=["rung", "next_at", "faults", "fault", "set_aside_until"])
        return sent


def _tell(matter: Matter, climbed: Iterable[tuple[Rung, Iterable[To]]], now: datetime) -> int:
    """Of what is for the desk whoever stands on several of the rungs that are owed now is told by the highest alone."""
    once = matter.kind in FOR_DESK
    highest = {("" if once else rung.step, to.key): (rung, to) for rung, found in climbed for to in found}
    owed = []
    for rung, to in highest.values():
        owed_at = min(now, max(rung.instant(matter.since, matter.limit_at), matter.reported_at))
        owed.append(_message(matter, to, step=rung.step, owed_at=owed_at, at=now))
    Message.objects.bulk_create(owed, ignore_conflicts=True)
    return len(owed)


def _ladder(matter: Matter) -> Sequence[Rung]:
    """Of a found child by the policy in force when it was found; of one from before the first asks, by the first."""
    if matter.kind != Matter.Kind.FOUND:
        return ()
    shelf = policy_shelf.read(policies.DUTY, authority_ids=[matter.authority_id])
    versions = shelf.duties(policy_shelf.always(matter.authority_id))
    version = policies.duties_at(versions, matter.since)
    known = (*(version.rules if version is not None else ()), *DEFAULT_RULES)
    rules = [rule for rule in known if rule.duty == Duty.FOUND_UNNAMED]
    # A version from before it was asked again says nothing of it, and is no silence.
    again = next(rule.again for rule in rules if rule.again is not None)
    return matter_ladder.of_found(rules[0].after, rules[0].escalates, again=again)


def _is_lost(clock: MatterClock) -> bool:
    found = Message.objects.filter(matter=clock.matter_id, step=clock.rung).values_list("status", flat=True)
    return clock.rung in matter_ladder.LADDER_STEPS and bool(found) and set(found) <= set(_LOST)


def _tell_newcomers(matter: Matter, climbed: str, now: datetime) -> int:
    """Whoever stands now on a post that was climbed and was never written to: a new senior, a mailbox that is proved since."""
    posts = {"": set[str](), "R1": {"lado"}}.get(climbed, {"lado", "senior"})
    if matter.kind == Matter.Kind.RESTRICTED:
        posts = {"senior"} if climbed else set()
    told = set(Message.objects.filter(matter=matter).values_list("user", "mailbox"))
    fresh = [to for to in _of_worry(matter, posts, now) if (to.user_id, to.mailbox_id) not in told]
    owed = [_message(matter, to, step=climbed, owed_at=now, at=now) for to in fresh]
    Message.objects.bulk_create(owed, ignore_conflicts=True)
    return len(owed)


def untold(now: datetime) -> Iterator[str]:
    """Those without a clock, those that the sweep has not looked at in time, and those whose last rung reached nobody."""
    without = Matter.objects.filter(clock=None)
    yield from (matter.reference for matter in without)
    live = Message.objects.filter(matter=OuterRef("matter"), step=OuterRef("rung"))
    nobody = ~Q(rung__in=("", *matter_ladder.LADDER_STEPS[:-1])) & ~Exists(live.exclude(status__in=_LOST))
    rows = MatterClock.objects.filter(Q(next_at__lt=now - GRACE) | nobody, ended_at=None)
    yield from (clock.matter.reference for clock in rows.select_related("matter"))


def _standing(rung: Rung, matter: Matter, at: datetime) -> Iterable[To]:
    if matter.kind == Matter.Kind.WORRY:
        return _of_worry(
            matter, {"lado", "senior"} if rung.post == matter_ladder.REPEATED else {rung.post}, at
        )
    if matter.kind == Matter.Kind.RESTRICTED:
        senior = matters.senior_of(matter, at=at)
        # Nobody else could open it, whatever reached nobody.
        return _ways(senior, "senior", by_text=rung.step != "R1") if senior is not None else ()
    if matter.kind in FOR_DESK:
        standing = desk_matters.of_desk(matter, rung, at)
        if matter.kind == Matter.Kind.ARRIVAL:
            return arrival_clocks.standing(matter, standing, at)
        return desk_matters.of_link(matter, standing, at) if matter.kind in OF_LINK else standing
    is_last = rung == matter_ladder.LAST_RESORT
    posts = ("dpo", "head", "director") if is_last else (rung.post,)
    found = {user: post for post in posts for user in _holders(post, matter.authority_id, at)}
    if is_last and not found:
        # A holiday is no reason for nobody to hear.
        found = {user: post for post in posts for user in _holders(post, matter.authority_id, at, away=True)}
    return [to for user, post in found.items() for to in _ways(user, post, by_text=rung.step != "R1")]


def _of_worry(matter: Matter, posts: Collection[str], at: datetime) -> Iterator[To]:
    if "lado" in posts:
        boxes = Mailbox.objects.current(at).filter(
            purpose=Mailbox.Purpose.LADO,
            authority__in=Authority.objects.answering_for(matter.authority_id, day=london_day(at)),
            verified_at__isnull=False,
        )
        # One that nobody has proved, or that refused a mail since, is no officer who has heard of it.
        boxes = boxes.filter(Q(failed_at=None) | Q(failed_at__lte=F("verified_at"))).order_by("pk")
        yield from (To(None, Channel.MAIL, post="lado", mailbox_id=box.pk) for box in boxes)
    senior = matters.senior_of(matter, at=at) if "senior" in posts else None
    if senior is not None:
        yield from _ways(senior, "senior", by_text=True)


def _holders(post: str, authority_id: int, at: datetime, *, away: bool = False) -> list[User]:
    """Who holds this post and is there; with `away` who does and is not. Of an authority that has ended its successor's too.

    Where all are away the rung reaches nobody, and the next is climbed at once. Whoever covers for one hears of none of
    these: they ask for a post of one's own.
    """
    leaves = WorkerLeave.objects.current(at).filter(worker=OuterRef("user"))
    held = Membership.objects.current(at).alias(is_away=Exists(leaves)).filter(is_away=away)
    held = held.select_related("user").order_by("pk")
    answering = Authority.objects.answering_for(authority_id, day=london_day(at))
    if post == "dpo":
        rows = held.filter(role=Role.DPO, authority__in=answering)
    else:
        reach = Reach.SERVICE if post == "head" else Reach.DIRECTORATE
        rows = held.filter(role=Role.TEAM_MANAGER, reach=reach, team__authority__in=answering)
    return [membership.user for membership in rows]


def _ways(user: User, post: str, *, by_text: bool) -> Iterator[To]:
    yield To(user.pk, Channel.MAIL, post=post)
    if user.phone and by_text:
        yield To(user.pk, Channel.TEXT, user.phone, post=post)


def _wording(matter: Matter, post: str, *, ending: bool) -> str:
    if matter.kind == Matter.Kind.RESTRICTED:
        return RESTRICTED_WORDING
    if matter.kind == Matter.Kind.FOUND:
        return FOUND_OVER if ending else FOUND_WORDING
    if matter.kind in OF_LINK:
        return link_clocks.OVER if ending else link_clocks.WORDINGS[matter.kind]
    if matter.kind == Matter.Kind.ARRIVAL:
        return arrival_clocks.OVER if ending else arrival_clocks.ASKED
    if matter.kind == Matter.Kind.WORRY:
        return WORRY_ANSWERED if ending else WORRY_WORDINGS[post]
    return ANSWERED if ending else WORDING


def _message(
    matter: Matter, to: To, *, step: str, owed_at: datetime, at: datetime, wording: str = ""
) -> Message:
    ending = step == "ending"
    waits = to.channel != Channel.MAIL and not matter_ladder.may_wake(matter.kind, step)
    goes_at = tiers.by_day(at) if waits else at
    return Message(
        kind=MessageKind.ENDING if ending else MessageKind.ALERT,
        wording=wording or _wording(matter, to.post, ending=ending),
        step=step,
        channel=to.channel,
        post=to.post,
        recipient=to.key,
        user_id=to.user_id,
        mailbox_id=to.mailbox_id,
        phone=to.phone,
        authority_id=matter.authority_id,
        matter=matter,
        # Behind what is owed about a child who may be gone.
        urgency=LEAST_URGENT if ending else urgency_of("R0"),
        owed_at=owed_at if goes_at == at else goes_at,
        created_at=at,
        next_try_at=goes_at,
    )
