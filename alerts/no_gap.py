"""The questions of the promise that exactly one authority is responsible at every instant, and no transfer says otherwise."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, F, OuterRef, Q, Subquery

from alerts import policies, policy_shelf
from alerts.models import Alert, Clock
from alerts.paper_rules import Paper
from alerts.transfer_ladder import Owed
from cases import facts, worker_absences
from cases.deadlines import at_london, end_of, london_day
from cases.models import (
    AgeDecision,
    Allocation,
    Authority,
    Child,
    Home,
    MissingEpisode,
    Placement,
    PlannedPlacement,
    Responsibility,
    Team,
    Transfer,
    WorkerLeave,
)
from cases.states import AgeStatus, TransferStatus
from guardians import areas

# What the engine had no time for yet is no broken promise; no policy rings later than this of a child on the way.
GRACE, LATEST_R1 = timedelta(minutes=2), timedelta(minutes=30)
# By then each rung counts that a challenge of the age began anew, with the day before a day of a move.
SINCE_A_CHALLENGE = timedelta(hours=48)


def without_authority(now: datetime) -> Iterator[str]:
    first = Responsibility.objects.filter(child=OuterRef("pk"), starts_at__lte=OuterRef("registered_at"))
    return iter(Child.objects.exclude(Exists(first)).values_list("reference", flat=True))


def transfers_that_disagree(now: datetime) -> Iterator[str]:
    """Open transfers of another authority's child, and arrivals from which on the receiver is not responsible."""
    begun = Responsibility.objects.filter(child=OuterRef("child"), starts_at__lte=now)
    theirs = Subquery(begun.order_by("-starts_at").values("authority")[:1])
    adrift = Transfer.objects.open().alias(theirs=theirs).exclude(theirs=F("sender"))
    yield from adrift.values_list("child__reference", flat=True)
    passed = begun.filter(authority=OuterRef("receiver"), starts_at=OuterRef("confirmed_at"))
    arrived = Transfer.objects.filter(confirmed_at__isnull=False).exclude(Exists(passed))
    yield from arrived.values_list("child__reference", flat=True)


def unheard(now: datetime) -> Iterator[str]:
    """Open transfers that owe something for longer than a rung takes, asked of the transfers and the alerts alone.

    Of a child who has died no rung hears: a death stops every message. Of one who is held for an assessed adult, and whom
    nobody looks for, none does either, and after a challenge each counts from then on.
    """
    alerted = Alert.objects.open().filter(clock__kind=Clock.Kind.TRANSFER)
    heard = set(alerted.values_list("child", "clock__duty"))
    living = Child.objects.living().filter(closed_at=None, demo_watch=None, is_drill=False)
    sought = MissingEpisode.objects.open().values("child")
    held = Q(age_status=AgeStatus.ASSESSED_ADULT) & ~Q(pk__in=sought)
    back = AgeDecision.objects.filter(
        was=AgeStatus.ASSESSED_ADULT, recorded_at__gt=now - SINCE_A_CHALLENGE, recorded_at__lte=now
    )
    watched = living.exclude(held).exclude(pk__in=back.values("child"))
    rows = Transfer.objects.open().filter(child__in=watched.values("pk"))
    for transfer in rows.select_related("child", "sender"):
        for owed, since in _owed(transfer).items():
            if since < now - GRACE and (transfer.child_id, owed) not in heard:
                yield f"{transfer.child.reference} {owed}"


def _owed(transfer: Transfer) -> dict[str, datetime]:
    if transfer.status == TransferStatus.ALLOCATED and transfer.allocated_at is not None:
        return {Owed.REPLY: transfer.allocated_at}
    if transfer.status == TransferStatus.DECLINED and transfer.answered_at is not None:
        return {Owed.DECLINED: transfer.answered_at}
    if transfer.status == TransferStatus.DATE_SET and transfer.moves_date is not None:
        return {Owed.DEPARTURE: end_of(transfer.moves_date), **_unshared(transfer, transfer.moves_date)}
    if transfer.status == TransferStatus.IN_TRANSIT and transfer.expected_at is not None:
        return {Owed.ARRIVAL: transfer.expected_at + LATEST_R1}
    return {}


def _unshared(transfer: Transfer, day: date) -> dict[str, datetime]:
    """From the day of the move on, whatever the policy asks before it."""
    if transfer.day_agreed_at is None or transfer.share_received_at is not None:
        return {}
    return {Owed.SHARED: max(transfer.day_agreed_at, at_london(day, time()))}


def uncovered(now: datetime) -> Iterator[str]:
    """Children whose social worker is away, whom nobody covers for and of whom no alert tells, once the policy asks."""
    delivered = policy_shelf.read(policies.PAPER, authority_ids=()).papers()
    asked = [rules.takes_effect_at for rules in delivered if Paper.COVER in rules.rules]
    if not asked or min(asked) >= now - GRACE:
        return
    away = WorkerLeave.objects.current(now).values("worker")
    children = Child.objects.open(now).living().filter(demo_watch=None, is_drill=False)
    held = children.filter(pk__in=Allocation.objects.current(now).filter(worker__in=away).values("child"))
    ids = list(held.values_list("pk", flat=True))
    alerts = Alert.objects.open().filter(child__in=ids, clock__duty=Paper.COVER)
    heard = set(alerts.values_list("child", flat=True))
    for child_id, absence in worker_absences.of(ids, now).items():
        if absence.gap and absence.gap.starts_at < now - GRACE and child_id not in heard:
            yield Child.objects.get(pk=child_id).reference


def without_worker(now: datetime) -> Iterator[str]:
    """Children whom no social worker of their team has, for longer than a rung takes, and of whom no alert tells."""
    children = Child.objects.open(now).filter(demo_watch=None, is_drill=False, registered_at__lt=now - GRACE)
    told = Alert.objects.open().filter(clock__kind=Clock.Kind.NO_WORKER)
    # Each by itself: as one question it took PostgreSQL half a minute where it knew nothing of the tables yet.
    ids = set(children.values_list("pk", flat=True)) - set(told.values_list("child", flat=True))
    for at in (now - GRACE, now):
        ids -= set(Allocation.objects.held(at).values_list("child", flat=True))
    for one in facts.load(ids, facts.EVERY).values():
        if one.watched_until is None:
            yield one.child.reference


def without_an_authority_that_exists(now: datetime) -> Iterator[str]:
    """Children of an authority that was abolished and not merged into its successor."""
    # Asked first: most days there is none, and in one question PostgreSQL went through every child where it knew nothing
    # of the tables yet.
    over = list(Authority.objects.filter(valid_to__lte=london_day(now)))
    rows = Responsibility.objects.at(now).filter(authority__in=over, child__closed_at=None)
    return iter(rows.values_list("child__reference", flat=True))


def left_by_a_split(now: datetime) -> Iterator[str]:
    """What still names an authority that was split: a team, a home, a transfer, or where a child lives or is to live."""
    split = Authority.objects.exclude(keeper=None).values("pk")
    yield from (f"team {pk}" for pk in Team.objects.filter(authority__in=split).values_list("pk", flat=True))
    yield from (f"home {pk}" for pk in Home.objects.filter(authority__in=split).values_list("pk", flat=True))
    between = Transfer.objects.open().filter(Q(sender__in=split) | Q(receiver__in=split))
    living = Placement.objects.current(now).filter(host_authority__in=split)
    coming = PlannedPlacement.objects.open().filter(authority__in=split)
    for rows in (between, living, coming):
        yield from rows.values_list("child__reference", flat=True)


def areas_not_worked_out(now: datetime) -> Iterator[str]:
    """Areas of which somebody has written something that nobody has worked out for their children."""
    return (f"area {one.subject_id}" for one in areas.waiting() if one.at < now - GRACE)


def in_work(now: datetime) -> set[int]:
    """The authorities whose children are worked out within these seconds, for somebody has written of their area."""
    return {one.data["authority"] for one in areas.waiting() if one.at >= now - GRACE}
