"""The duty desk: the homes to ring, the calls to make and the open alerts of the authorities whose desk it is."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import Http404
from django.utils.translation import gettext as _

from alerts import (
    check_tasks,
    desk_rows,
    duty_tasks,
    journey_mails,
    next_acts,
    outbox,
    police_mails,
    reach,
    ringing,
    sentences,
    staffing_words,
    standings,
    unmailed_forces,
    untold_texts,
    written_returns,
)
from alerts.desk_rows import Call, Desk, OpenAlert, Ringing, Silent
from alerts.models import Clock, DutyTask, DutyTaskAlert, LinkAcknowledgement
from alerts.schedule import Step
from alerts.states import AlertStatus
from cases import access, journey_pages, parted, triggers
from cases.access import Permission
from cases.deadlines import london_day
from cases.episodes import alerted_of
from cases.models import (
    Authority,
    Child,
    ForcePhone,
    Journey,
    MissingEpisode,
    Placement,
    PoliceForce,
    Trigger,
    User,
)
from cases.moves import isolated
from cases.states import EpisodeStatus
from cases.templatetags.govuk import phone

Kind = DutyTask.Kind
# Tasks about a silent home or a child without one; one that reached nobody stays on the desk.
RINGING = duty_tasks.RINGING


def read(user: User, *, now: datetime) -> Desk:
    """Read the desk of `user` in a fixed number of queries; PermissionDenied for whoever works on none."""
    authorities = access.duty_authorities(user, at=now)
    seen_by_user = access.children(user, Permission.SEE_RECORD, at=now)
    mine = seen_by_user.filter(access.responsible(authorities, now))
    tasks = _tasks(authorities, now)
    items = items_of(tasks)
    episodes = list(
        MissingEpisode.objects.open()
        .filter(child__in=mine)
        .select_related("child")
        .prefetch_related("placement__home")
        .order_by("opened_at")
    )
    visible = _visible(seen_by_user, tasks, items)
    placements = {
        p.child_id: p
        for p in Placement.objects.current(now).filter(child__in=visible).select_related("home", "force")
    }
    homes = _homes([t for t in tasks if t.kind in RINGING], items, visible, placements)
    alerts = _alerts(episodes, now)
    rounds = [task for task in tasks if task.kind == Kind.AFTER_OUTAGE]
    calls, failed = _calls(tasks, items, visible, alerts)
    failed = desk_rows.with_barred(failed, items, now)
    by_person = desk_rows.by_person(failed, authorities, day=london_day(now))
    alerts.sort(key=lambda one: (not one.calls, one.standing.urgency, one.episode.opened_at))
    checks = check_tasks.open_of(user, authorities, now=now)
    to_change = access.children(user, Permission.CHANGE_CHILD, at=now).open(now)
    of_desk = to_change.filter(access.responsible(authorities, now))
    told = list(triggers.known_to(triggers.unanswered(of_desk), user, at=now))
    came = desk_rows.by_entry([one for one in told if one.kind == Trigger.Kind.APPROACH])
    concerns = [one for one in told if one.kind == Trigger.Kind.CONCERN]
    heard = [one for one in told if one.kind == Trigger.Kind.MESSAGE]
    searched = {episode.child_id for episode in episodes if episode.police_owed_at is not None}
    for one in heard:
        one.in_search = one.child_id in searched  # type: ignore[attr-defined]
    mates = [one for one in told if one.kind == Trigger.Kind.MATE_FOUND]
    on_journeys = journey_pages.open_of(of_desk, now=now)
    return Desk(homes, alerts, calls, by_person, checks, rounds, came, concerns, on_journeys, heard, mates)


def get_task(user: User, task_id: int, *, at: datetime) -> DutyTask:
    """Return a task of a desk that `user` works on, about a child they may see, or 404.

    It stays theirs when what it was about is over: somebody types what came of a call while another is faster. So
    does one of an authority whose place theirs has taken.
    """
    desks, day = access.duty_authorities(user, at=at), london_day(at)
    own = Q(authority__in=Authority.objects.answered_by(desks, day=day))
    own |= Q(authority__in=Authority.objects.followed_by(desks, day=day), outage__isnull=False)
    related = ("home", "taken_by", "done_by", "episode__child", "child", "message")
    task = DutyTask.objects.select_related(*related).filter(own, pk=task_id).first()
    if task is None:
        raise Http404
    if task.outage_id is not None:
        # About homes, and no child: it is for everybody on the desk.
        return task
    about = _ever_about(task)
    if not access.children(user, Permission.SEE_RECORD, at=at).filter(pk__in=about).exists():
        wanted = [access.NotTheirs(user, one.reference, Permission.SEE_RECORD, at) for one in about]
        raise parted.first(wanted)
    return task


def _ever_about(task: DutyTask) -> QuerySet[Child]:
    """The children of this task, be it that what was asked of them is answered."""
    ids = {task.child_id, task.episode.child_id if task.episode is not None else None}
    of_alerts = DutyTaskAlert.objects.filter(task=task).values("alert__child")
    return Child.objects.filter(Q(pk__in=of_alerts) | Q(pk__in=ids - {None})).order_by("reference")


def seen_of(user: User, task: DutyTask, *, at: datetime) -> list[Child]:
    """Of whom a task goes on, or was, where it is over with all: those whom `user` may see, by reference."""
    going = {item.alert.child_id for item in items_of([task]).get(task.pk, ())}
    about = going or set(_ever_about(task).values_list("pk", flat=True))
    return list(
        access.children(user, Permission.SEE_RECORD, at=at).filter(pk__in=about).order_by("reference")
    )


def same_person(user: User, task: DutyTask, *, at: datetime) -> list[DutyTask]:
    """The task, and every other open one to phone the person or mailbox that its message did not reach."""
    groups = read(user, now=at).failed if task.kind == Kind.PHONE_THEM else []
    found = next((calls for calls in groups if task in [call.task for call in calls]), [])
    return [task, *(call.task for call in found if call.task != task)]


def _tasks(authorities: Collection[int], now: datetime) -> list[DutyTask]:
    """The open tasks, and the calls that reached nobody while their alerts are open.

    What is to be done after an outage is about no child with whom it would pass on: each that took the place has it.
    """
    before = Authority.objects.followed_by(authorities, day=london_day(now)).values("pk")
    theirs = Q(authority__in=authorities) | Q(authority__in=before, outage__isnull=False)
    still_open = DutyTaskAlert.objects.filter(task=OuterRef("pk"), alert__status=AlertStatus.OPEN)
    unreached = Q(Exists(still_open), kind__in=RINGING)
    related = (
        "authority",
        "home",
        "child",
        "episode__child",
        "taken_by",
        "done_by",
        "message__user",
        "message__home",
        "message__mailbox",
        "message__force",
        "message__journey",
        "outage",
    )
    rows = DutyTask.objects.filter(theirs, Q(done_at=None) | unreached, home_alert=None)
    return list(rows.select_related(*related))


def items_of(tasks: Collection[DutyTask]) -> dict[int, list[DutyTaskAlert]]:
    """What each task is about, less what has been answered: proof ends an alert with the next sweep."""
    found: dict[int, list[DutyTaskAlert]] = defaultdict(list)
    # Word of an end that did not arrive is about alerts that have ended.
    of_end = {task.pk for task in tasks if task.is_of_end}
    about = Q(alert__status=AlertStatus.OPEN) | Q(task__in=of_end)
    rows = DutyTaskAlert.objects.filter(about, task__in=[task.pk for task in tasks])
    for item in rows.select_related(
        "alert__clock", "alert__episode", "alert__child", "alert__on_it_by"
    ).order_by("pk"):
        if item.task_id in of_end or not _is_answered(item):
            found[item.task_id].append(item)
    return found


def _is_answered(item: DutyTaskAlert) -> bool:
    clock = item.alert.clock
    if clock.kind != Clock.Kind.CONTACT or clock.resting:
        return False
    return clock.due_at is None or clock.due_at > item.alert.due_at


def is_silent(item: DutyTaskAlert) -> bool:
    """Whether ringing the home still helps: nobody has looked or seen, be it that the fail-safe has told the police."""
    if item.alert.clock.kind != Clock.Kind.CONTACT:
        return False
    episode = item.alert.episode
    unconfirmed = (
        episode is not None and episode.status == EpisodeStatus.NOT_CONFIRMED and episode.back_since is None
    )
    return unconfirmed or not item.alert.clock.resting


def _visible(
    children: QuerySet[Child], tasks: Iterable[DutyTask], items: dict[int, list[DutyTaskAlert]]
) -> set[int]:
    """The children of these tasks whom the reader may see: whoever is kept from a child reads nothing of it."""
    ids = {item.alert.child_id for rows in items.values() for item in rows}
    ids |= {task.episode.child_id for task in tasks if task.episode is not None}
    ids |= {task.child_id for task in tasks if task.child_id is not None}
    return set(children.filter(pk__in=ids).values_list("pk", flat=True))


def lines_of(items: Iterable[DutyTaskAlert], placements: dict[int, Placement]) -> list[Silent]:
    """Each silent child once, longest silent first."""
    lines: dict[int, Silent] = {}
    for item in items:
        child = item.alert.child
        lines.setdefault(child.pk, Silent(child, item.alert.due_at, placements.get(child.pk)))
    return sorted(lines.values(), key=lambda line: (line.due_at, line.child.reference))


def with_nobody_there(lines: Sequence[Silent], *, now: datetime) -> list[Silent]:
    """Say of each who looks instead where nobody there can, with whom it stays, and that a return was written of it."""
    late = {line.child.pk: line.due_at for line in lines}
    said, back = staffing_words.of_late(late, at=now), written_returns.words(late, now=now)
    hosts = {
        child_id: _("Away with permission: %(who)s there confirms it each day. Ring %(phone)s.")
        % {"who": isolated(who), "phone": phone(number)}
        for child_id, (who, number) in reach.staying_with(list(late), now=now).items()
    }
    return [
        replace(
            line,
            nobody_there=said.get(line.child.pk, ""),
            stays_with=hosts.get(line.child.pk, ""),
            back=back.get(line.child.pk, ""),
        )
        for line in lines
    ]


def say_nobody_there(homes: Sequence[Ringing], *, now: datetime) -> None:
    """The same of all who stand on one page of the desk."""
    lines = iter(with_nobody_there([line for row in homes for line in row.children], now=now))
    for row in homes:
        row.children = [next(lines) for _line in row.children]


def _homes(
    tasks: Sequence[DutyTask],
    items: dict[int, list[DutyTaskAlert]],
    visible: set[int],
    placements: dict[int, Placement],
) -> list[Ringing]:
    """One row for each home: its open task, else the last call, with all its silent children."""
    grouped: dict[tuple[int, int | None, int | None], list[DutyTask]] = defaultdict(list)
    left = _of_homes_left(tasks, items, placements)
    for task in tasks:
        grouped[task.authority_id, task.home_id, task.child_id].append(task)
    rows = []
    for group in grouped.values():
        silent = [
            item
            for task in group
            for item in items.get(task.pk, [])
            if is_silent(item) and item.alert.child_id in visible and item.pk not in left
        ]
        if not silent:
            continue
        task = max(group, key=lambda one: (one.done_at is None, one.opened_at, one.pk))
        lines = lines_of(silent, placements)
        placement = lines[0].placement
        phone = task.home.phone if task.home else placement.phone if placement else ""
        rows.append(Ringing(task, task.home, phone, lines))
    return sorted(rows, key=lambda row: (row.task.taken_at is not None, row.task.urgency, row.since))


def _of_homes_left(
    tasks: Sequence[DutyTask], items: dict[int, list[DutyTaskAlert]], placements: dict[int, Placement]
) -> set[int]:
    """What calls to homes are about that the child has left, where another call asks in the home of now."""
    rows = [(task, item) for task in tasks for item in items.get(task.pk, [])]
    here = {item.pk for task, item in rows if _is_to_home_of(item.alert.child_id, task, placements)}
    asked = {item.alert_id for _task, item in rows if item.pk in here}
    return {item.pk for _task, item in rows if item.pk not in here and item.alert_id in asked}


def _is_to_home_of(child_id: int, task: DutyTask, placements: dict[int, Placement]) -> bool:
    return ringing.is_to(task, placements.get(child_id), child_id)


def _read_phones(forces: Iterable[PoliceForce]) -> None:
    """Of all of them at once the numbers that stand beside 101, and none that has ended."""
    standing = ForcePhone.objects.filter(ends_at=None)
    prefetch_related_objects(list(forces), Prefetch("phones", standing))


def _alerts(episodes: Sequence[MissingEpisode], now: datetime) -> list[OpenAlert]:
    children = [episode.child_id for episode in episodes]
    ids = [episode.pk for episode in episodes]
    stands = standings.of(children, now=now)
    acts = next_acts.of_episodes(ids, children)
    forces = alerted_of(ids, quoted=True, at=now)
    _read_phones(row.force for rows in forces.values() for row in rows)
    mailed = police_mails.of(episodes, now=now)
    given = {one.episode_id: one for one in LinkAcknowledgement.objects.filter(episode__in=ids)}
    return [
        OpenAlert(
            episode,
            stands[episode.child_id],
            sentences.line(stands[episode.child_id], now=now),
            next(
                iter(next_acts.with_reviews(acts.get(episode.child_id, ()), stands[episode.child_id])), None
            ),
            mailed.get(episode.pk, ""),
            forces.get(episode.pk, ()),
            given.get(episode.pk),
        )
        for episode in episodes
    ]


def _calls(
    tasks: Iterable[DutyTask],
    items: dict[int, list[DutyTaskAlert]],
    visible: set[int],
    alerts: Iterable[OpenAlert],
) -> tuple[list[Call], list[Call]]:
    """The calls to make of none of these alerts, and those about mail that failed; each other goes to its alert."""
    by_episode = {one.episode.pk: one for one in alerts}
    calls: list[Call] = []
    failed: list[Call] = []
    tasks = list(tasks)
    unmailed = unmailed_forces.to_phone_of(tasks)
    for task in tasks:
        if task.kind in RINGING or task.kind == Kind.AFTER_OUTAGE:
            continue
        call = _call(task, items.get(task.pk, []), visible)
        if call is None:
            continue
        if task.pk in unmailed:
            call = replace(call, forces_to_phone=unmailed_forces.names_of(unmailed[task.pk]))
        if task.step == DutyTask.GATEWAY:
            call = replace(call, untold=untold_texts.of(task, visible))
        if task.kind == Kind.PHONE_THEM:
            failed.append(call)
        elif task.episode_id in by_episode:
            by_episode[task.episode_id].calls.append(call)
        else:
            calls.append(call)
    return calls, _with_control_rooms(failed, unmailed)


def _with_control_rooms(failed: Sequence[Call], unmailed: Mapping[int, Sequence[PoliceForce]]) -> list[Call]:
    """Beside 101 the numbers of the forces' control rooms, of those that are on record."""
    forces = {call.task.pk: unmailed.get(call.task.pk) or _mailed_force(call) for call in failed}
    _read_phones(force for of_call in forces.values() for force in of_call)
    rooms = {pk: [one.control_room for one in of_call if one.control_room] for pk, of_call in forces.items()}
    return [replace(call, control_rooms=rooms[call.task.pk]) for call in failed]


def _mailed_force(call: Call) -> list[PoliceForce]:
    message = call.task.message
    return [] if message is None or message.force is None else [message.force]


def _is_asked(task: DutyTask, journey: Journey) -> bool:
    """Whether a call about a journey is to be made: while it is open, and that it is broken off to who was not reached."""
    of_end = task.message is not None and task.message.wording in (journey_mails.OFF, journey_mails.TOLD_OFF)
    return journey.ended_at is None or of_end


def _call(task: DutyTask, items: Sequence[DutyTaskAlert], visible: set[int]) -> Call | None:
    if task.outage_id is not None:
        return Call(task, None)
    shown = [item for item in items if item.alert.child_id in visible]
    child = shown[0].alert.child if shown else None
    if child is None and task.episode is not None and task.episode.child_id in visible:
        child = task.episode.child
    of_journey = task.message.journey if task.message is not None else None
    if of_journey is not None and task.child_id in visible and _is_asked(task, of_journey):
        return Call(task, task.child)
    # A reply is read, a death is told, and asked about, be it that the alert has ended.
    of_death = task.message is not None and task.message.step in (outbox.DIED, outbox.UNSAID)
    if child is None or not (shown or of_death or task.kind in duty_tasks.OUTLASTS):
        return None
    if not shown:
        return Call(task, child)
    held = next((item for item in shown if Step.FAIL_SAFE in item.alert.clock.steps), None)
    if task.kind != Kind.RING_POLICE or held is None or held.alert.clock.resting:
        about = shown[0].alert.clock
        beside = shown[1:] if task.is_of_several or task.kind == Kind.PHONE_THEM else ()
        return Call(task, child, clock_kind=about.kind, clock_duty=about.duty, beside=beside)
    return Call(task, child, held, datetime.fromisoformat(held.alert.clock.steps[Step.FAIL_SAFE]))
