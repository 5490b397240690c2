"""The promise, row by row: each invariant of the design as a question with the references that break it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Exists, F, OuterRef, Q

from alerts import (
    asking,
    clocks,
    duty_tasks,
    ending_questions,
    failures,
    home_clocks,
    kept_files,
    ladder_questions,
    matter_clocks,
    no_gap,
    no_stranger,
    paper_questions,
    policy_questions,
    readings,
    record_questions,
    sending,
    tellings,
    watching,
)
from alerts.models import (
    Alert,
    AlertStep,
    Clock,
    DutyTask,
    DutyTaskAlert,
    HomeAlertStep,
    HomeClock,
    Message,
    MessageKind,
    Outage,
)
from alerts.posts import Post
from alerts.states import GONE, AlertStatus, MessageStatus
from cases import risk_ends
from cases.models import (
    BuildingCheck,
    Child,
    Contact,
    Home,
    MissingEpisode,
    NrmReferral,
    Responsibility,
    SeenReport,
    Trafficking,
    User,
)
from cases.search import keys
from cases.states import NRM_OPEN, EpisodeStatus
from guardians.facts import FOR_EVERY_CHILD

# What the engine had no time for yet is no broken promise.
GRACE = timedelta(minutes=2)
BATCH = 500


def check(now: datetime) -> list[asking.Broken]:
    """Ask every question; a healthy service has no reference in any of them."""
    return [
        asking.Broken(invariant, question, tuple(asking.by_itself(question, partial(references, now))))
        for invariant, question, references in QUESTIONS
    ]


def _clocks_disagree(now: datetime) -> Iterator[str]:
    """Children without a clock, or whose clock is due at another instant than the facts say or is looked at too late."""
    in_work = no_gap.in_work(now)
    for ids in _batches(Child.objects.open(now)):
        yield from asking.of_each(ids, partial(_clocks_of, in_work=in_work, now=now))


def _clocks_of(ids: Sequence[int], *, in_work: Collection[int], now: datetime) -> Iterator[str]:
    standing = {(c.child_id, c.kind, c.episode_id, c.duty): c for c in Clock.objects.filter(child__in=ids)}
    alerts = clocks.open_alerts([clock.pk for clock in standing.values()])
    for child_id, one in watching.whole(ids, papers=True, at=now).items():
        for reading in readings.readings(one):
            clock = standing.get((child_id, *reading.key))
            if clock and _in_the_sweeps_hand(clock, now):
                continue
            if reading.kind == Clock.Kind.GUARDIAN and one.child.authority_id in in_work:
                continue
            wanted = Clock()
            clocks.write(wanted, reading, one, alerts.get(clock.pk) if clock else None, at=now)
            if clock is None or clock.due_at != wanted.due_at or _later(clock.next_at, wanted.next_at):
                yield f"{one.child.child.reference} {reading.kind}"


def _in_the_sweeps_hand(clock: Clock, now: datetime) -> bool:
    """Whether the sweep is to look within these seconds: facts may have changed by the clock alone, as leave begins."""
    return clock.next_at is not None and now - GRACE < clock.next_at <= now


def _later(stored: datetime | None, wanted: datetime | None) -> bool:
    """Whether the sweep looks after the instant at which something is owed, or never."""
    return wanted is not None and (stored is None or stored > wanted)


def _overdue_clocks(now: datetime) -> Iterator[str]:
    late = Clock.objects.filter(next_at__lt=now - GRACE).select_related("child")
    return (f"{c.child.reference} {c.kind}" for c in late.iterator())


def _silent_children(now: datetime) -> Iterator[str]:
    """Past due, and neither an alert nor an episode's ladder runs, nor a rung to come."""
    late = Clock.objects.filter(
        kind=Clock.Kind.CONTACT, due_at__lt=now - GRACE, next_at=None, child__closed_at=None
    ).exclude(alerts__status=AlertStatus.OPEN)
    running = MissingEpisode.objects.open().values("child")
    return (c.child.reference for c in late.exclude(child__in=running).select_related("child").iterator())


def _without_guardian_or_alert(now: datetime) -> Iterator[str]:
    """Asked of the facts and the alerts alone, whatever the clocks say."""
    there = Responsibility.objects.at(now).filter(authority__nation__in=FOR_EVERY_CHILD).values("child")
    referred = NrmReferral.objects.filter(status__in=NRM_OPEN).values("child")
    shows_signs = Q(trafficking=Trafficking.YES) | ~Q(nrm_reference="") | Q(pk__in=referred)
    eligible = Child.objects.open(now).filter(shows_signs | Q(pk__in=there))
    in_work = Responsibility.objects.at(now).filter(authority__in=no_gap.in_work(now))
    eligible = eligible.exclude(pk__in=in_work.values("child"))
    for ids in _batches(eligible.filter(is_drill=False)):
        yield from asking.of_each(ids, partial(_without_guardian, now=now))


def _without_guardian(ids: Sequence[int], *, now: datetime) -> Iterator[str]:
    alerted = set(
        Alert.objects.open()
        .filter(child__in=ids, clock__kind=Clock.Kind.GUARDIAN)
        .values_list("child", flat=True)
    )
    for child_id, one in watching.whole(ids, at=now).items():
        gap = one.guardian
        late = gap is not None and min(gap.steps.values()) < now - GRACE
        if late and child_id not in alerted and one.child.watched_until is None:
            yield one.child.child.reference


def _reviews_nobody_hears_of(now: datetime) -> Iterator[str]:
    """Asked of the facts and the alerts alone: a review that is not recorded, whose first rung has passed."""
    unconfirmed = Q(episodes__status=EpisodeStatus.NOT_CONFIRMED, episodes__police_owed_at__isnull=False)
    sought = Child.objects.filter(Q(episodes__status=EpisodeStatus.MISSING) | unconfirmed)
    for ids in _batches(sought.distinct()):
        yield from asking.of_each(ids, partial(_reviews_of, now=now))


def _reviews_of(ids: Sequence[int], *, now: datetime) -> Iterator[str]:
    open_alerts = Alert.objects.open().filter(child__in=ids, clock__kind=Clock.Kind.REVIEW)
    heard = set(open_alerts.values_list("clock__episode", "clock__duty"))
    for one in watching.whole(ids, at=now).values():
        for row in one.reviews:
            for owed in row.owed:
                if owed.first_at < now - GRACE and (row.episode_id, owed.due.key) not in heard:
                    yield f"{one.child.child.reference} {owed.due.key}"


def _lower_risk_that_ended(now: datetime) -> Iterator[str]:
    return (child.reference for child in risk_ends.over(now - GRACE).iterator())


def _episodes_without_ladder(now: datetime) -> Iterator[str]:
    """The police are owed word and no call clock keeps the ladder."""
    rows = MissingEpisode.objects.open().filter(police_owed_at__isnull=False).select_related("child")
    return (e.reference for e in rows.exclude(clocks__kind=Clock.Kind.CALL))


def _steps_that_told_nobody(now: datetime) -> Iterator[str]:
    """A step that owed messages has rows for them."""
    quiet = [step for step, plan in {**tellings.CONTACT, **tellings.CALL}.items() if not plan.tellings]
    rows = (
        AlertStep.objects.filter(met=AlertStep.Met.MESSAGES)
        .exclude(step__in=quiet)
        .exclude(alert__message_items__step=F("step"))
        .select_related("alert__child")
    )
    return (f"{s.alert.child.reference} {s.step}" for s in rows.iterator())


def _rungs_of_no_outage(now: datetime) -> Iterator[str]:
    """A rung that an outage's roll-call or list stands for fell due in that outage, and somebody was told of it."""
    fell_due = Outage.objects.filter(began_at__lt=OuterRef("owed_at"), messages__isnull=False)
    rows = AlertStep.objects.filter(met=AlertStep.Met.OUTAGE).exclude(Exists(fell_due))
    return (f"{s.alert.child.reference} {s.step}" for s in rows.select_related("alert__child").iterator())


def _homes_not_asked(now: datetime) -> Iterator[str]:
    """Outages after which homes and desks have not been told."""
    return (outage.reference for outage in Outage.objects.unasked().filter(ended_at__lt=now - GRACE))


def _lapsed_leases(now: datetime) -> Iterator[str]:
    rows = Message.objects.filter(status=MessageStatus.SENDING, lease_until__lt=now - GRACE)
    return (str(m.pk) for m in rows.iterator())


def _forgotten_messages(now: datetime) -> Iterator[str]:
    """Ready to go, and no sender has taken them; held back on purpose they are not forgotten."""
    if not sending.state().on:
        return iter(())
    rows = Message.objects.filter(status=MessageStatus.QUEUED, held_at=None, next_try_at__lt=now - GRACE)
    return (str(m.pk) for m in rows.iterator())


def _failures_without_task(now: datetime) -> Iterator[str]:
    about = Q(items__isnull=False) | Q(home_alert__isnull=False) | Q(outage__isnull=False)
    about |= Q(post__startswith="barred_") | Q(wording__in=("escort_off", "journey_off"))
    rows = Message.objects.filter(about, status=MessageStatus.FAILED).exclude(duty_tasks__isnull=False)
    # Of a rung that was emptied the desk is asked whom to tell.
    rows = rows.exclude(last_error=GONE)
    # What went in one mail is phoned once.
    phoned = Message.objects.filter(duty_tasks__isnull=False, bundle__isnull=False).values("bundle")
    rows = rows.exclude(bundle__isnull=False, bundle__in=phoned)
    # And what a desk's own mailbox refuses, by the call that stands for all of it.
    of_mailbox = DutyTaskAlert.objects.filter(
        task__message__mailbox=OuterRef("mailbox"), alert__message_items__message=OuterRef("pk")
    )
    rows = rows.exclude(Exists(of_mailbox), post=Post.DUTY)
    # And what one reader did not get, by the call that took it along.
    to_reader = Q(task__message__recipient=OuterRef("recipient")) | Q(task__message__user=OuterRef("user"))
    of_reader = DutyTaskAlert.objects.filter(to_reader, alert__message_items__message=OuterRef("pk"))
    rows = rows.exclude(Exists(of_reader))
    return (str(m.pk) for m in rows.distinct() if not failures.asks_for_another_call(m))


def _lists_not_looked_at(now: datetime) -> Iterator[str]:
    rows = User.objects.filter(has_digest=True, digest_next_at__lt=now - GRACE)
    return (f"person {pk}" for pk in rows.values_list("pk", flat=True))


def _tasks_of_ended_alerts(now: datetime) -> Iterator[str]:
    rows = DutyTask.objects.open().filter(items__alert__status=AlertStatus.ENDED, message=None)
    rows = rows.exclude(items__alert__status=AlertStatus.OPEN).exclude(kind__in=duty_tasks.AFTER_ENDS)
    return (f"task {pk}" for pk in rows.values_list("pk", flat=True).distinct())


def _home_clocks_disagree(now: datetime) -> Iterator[str]:
    """Homes without a clock, or whose clock is looked at too late, although somebody there needs the building checked."""
    homes = list(Home.objects.filter(placements__ends_at=None).distinct().values_list("pk", flat=True))
    for start in range(0, len(homes), BATCH):
        ids = homes[start : start + BATCH]
        yield from asking.of_each(ids, partial(_home_clocks_of, now=now), "home {}".format)


def _home_clocks_of(ids: Sequence[int], *, now: datetime) -> Iterator[str]:
    standing = {clock.home_id: clock for clock in HomeClock.objects.filter(home__in=ids)}
    alerts = home_clocks.open_alerts(ids)
    for home_id, night in home_clocks.load(ids, whole=True, at=now).items():
        wanted, clock = HomeClock(), standing.get(home_id)
        home_clocks.write(wanted, night.facts, alerts.get(home_id), at=now)
        if _later(clock.next_at if clock else None, wanted.next_at):
            yield f"home {home_id}"


def _overdue_home_clocks(now: datetime) -> Iterator[str]:
    return (f"home {clock.home_id}" for clock in HomeClock.objects.filter(next_at__lt=now - GRACE))


def _home_steps_that_told_nobody(now: datetime) -> Iterator[str]:
    rows = HomeAlertStep.objects.filter(told_nobody=False).exclude(alert__messages__step=F("step"))
    return (f"{s.alert.reference} {s.step}" for s in rows.select_related("alert"))


def _tasks_of_ended_home_alerts(now: datetime) -> Iterator[str]:
    rows = DutyTask.objects.open().filter(home_alert__ended_at__isnull=False)
    rows = rows.exclude(message__kind=MessageKind.ENDING)
    return (f"task {pk}" for pk in rows.values_list("pk", flat=True))


def _checks_in_the_future(now: datetime) -> Iterator[str]:
    rows = BuildingCheck.objects.filter(Q(happened_at__gt=F("recorded_at")) | Q(happened_at__gt=now + GRACE))
    return (f"building check {check.pk}" for check in rows)


def _called_off_by_one(now: datetime) -> Iterator[str]:
    """No search that reached the police was ended by the word of whoever said seen, or without both parts."""
    ended = MissingEpisode.objects.filter(status=EpisodeStatus.ENDED, police_owed_at__isnull=False)
    said = SeenReport.objects.filter(reported_by__isnull=False)
    for episode in ended.select_related("child"):
        said_seen = set(said.filter(episode=episode).values_list("reported_by", flat=True))
        parts = {episode.child_confirmed_by_id, episode.police_closed_by_id}
        if None in parts or parts & said_seen:
            yield episode.reference


def _sightings_in_the_future(now: datetime) -> Iterator[str]:
    rows = Contact.objects.filter(Q(happened_at__gt=F("recorded_at")) | Q(happened_at__gt=now + GRACE))
    return (f"{c.child.reference} contact {c.pk}" for c in rows.select_related("child"))


def _names_not_found(now: datetime) -> Iterator[str]:
    """A child whose keys are not what the names fold to is not found by those names."""
    return keys.adrift()


def _batches(children: "Iterable[Child]") -> Iterator[list[int]]:
    batch: list[int] = []
    for child in children:
        batch.append(child.pk)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


Question = tuple[str, str, Callable[[datetime], Iterator[str]]]
QUESTIONS: tuple[Question, ...] = (
    ("no silence", "clocks that are not what the facts say", _clocks_disagree),
    ("no silence", "clocks that the sweep has not looked at in time", _overdue_clocks),
    (
        "no silence",
        "homes that owe a check of the building without the clock that the facts say",
        _home_clocks_disagree,
    ),
    ("no silence", "homes whose clock the sweep has not looked at in time", _overdue_home_clocks),
    ("no silence", "children past due without an alert, an episode or a rung to come", _silent_children),
    (
        "no silence",
        "children who are to have a guardian, are past the day and have no alert",
        _without_guardian_or_alert,
    ),
    ("no silence", "episodes owed to the police without a call ladder", _episodes_without_ladder),
    (
        "no silence",
        "reviews of missing children that are not recorded, are past their time and have no alert",
        _reviews_nobody_hears_of,
    ),
    ("no silence", "papers whose clock or alert is not what is owed", paper_questions.adrift),
    ("no silence", "transfers that wait for somebody whom nobody has told", no_gap.unheard),
    ("no silence", "children whose lower risk has come to its end and still counts", _lower_risk_that_ended),
    ("no gap", "children without a responsible authority from registration on", no_gap.without_authority),
    (
        "no gap",
        "transfers that are not what the responsibilities of their children say",
        no_gap.transfers_that_disagree,
    ),
    (
        "no gap",
        "children of an authority that does not exist any more",
        no_gap.without_an_authority_that_exists,
    ),
    ("no gap", "what still names an authority that was split", no_gap.left_by_a_split),
    ("no lost promise", "steps climbed without their messages", _steps_that_told_nobody),
    ("no lost promise", "steps of homes climbed without their messages", _home_steps_that_told_nobody),
    ("no lost promise", "rungs put down to an outage of which nobody was told", _rungs_of_no_outage),
    ("no silence", "data breaches and complaints that nobody hears of", matter_clocks.untold),
    (
        "no silence",
        "areas whose guardian service was changed and not worked out for their children",
        no_gap.areas_not_worked_out,
    ),
    ("no silence", "children whose social worker is away and of whom nobody heard", no_gap.uncovered),
    ("no silence", "children without a social worker of whom nobody heard", no_gap.without_worker),
    ("no lost promise", "outages after which no home was asked for a roll-call", _homes_not_asked),
    ("no lost promise", "messages whose sender is gone and that nobody took over", _lapsed_leases),
    ("no lost promise", "messages ready to go that no sender has taken", _forgotten_messages),
    (
        "no lost promise",
        "daily lists whose time has passed and that nobody has looked at",
        _lists_not_looked_at,
    ),
    ("no quiet failure", "messages that failed without a task to phone", _failures_without_task),
    *ending_questions.QUESTIONS,
    *ladder_questions.QUESTIONS,
    ("no quiet failure", "open tasks about nothing", _tasks_of_ended_alerts),
    ("no quiet failure", "open tasks about a home's alert that has ended", _tasks_of_ended_home_alerts),
    ("no lost child", "children whose names the search would not find", _names_not_found),
    *kept_files.QUESTIONS,
    ("no stranger", "grants that do not follow from a fact", no_stranger.grants_adrift),
    ("no stranger", "marks lifted until a day that has come, and not back", no_stranger.not_back),
    ("no stranger", "restricted records read by somebody not named", no_stranger.restricted_and_read),
    ("no stranger", "reads by a guardian without a role in that service", no_stranger.read_after_the_role),
    ("no stranger", "people named out of their restriction's time", no_stranger.names_without_restriction),
    ("no stranger", "mails put together for more than one reader", no_stranger.mails_of_several_readers),
    ("nothing closes by itself", "searches called off without both confirmations", _called_off_by_one),
    ("the clock is honest", "sightings dated in the future", _sightings_in_the_future),
    ("the clock is honest", "building checks dated in the future", _checks_in_the_future),
    *record_questions.QUESTIONS,
    *policy_questions.QUESTIONS,
)
