"""The duty desk: the homes to ring, the calls to make and the open alerts of the authorities whose desk it is."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from alerts import (
    check_tasks,
    ladder,
    ladder_table,
    next_acts,
    outbox,
    police_mails,
    sentences,
    standings,
)
from alerts.models import Clock, DutyTask, DutyTaskAlert, LinkAcknowledgement
from alerts.next_acts import NextAct
from alerts.recipients import Post
from alerts.schedule import Step
from alerts.standings import Standing
from alerts.states import AlertStatus
from cases import access, triggers
from cases.access import Permission
from cases.models import Child, EpisodeForce, Home, MissingEpisode, Placement, Trigger, User
from cases.moves import isolated
from cases.states import EpisodeStatus

Kind = DutyTask.Kind
# Tasks about a silent home or a child without one; one that reached nobody stays on the desk.
RINGING = (Kind.RING_HOME, Kind.FIND_PLACEMENT)


@dataclass(frozen=True)
class Silent:
    """A child of whom nobody has written anything down, and since when."""

    child: Child
    due_at: datetime
    placement: Placement | None


@dataclass
class Ringing:
    """One home to ring, or one child without a home to ask about: who is ringing, and what came of the last call."""

    task: DutyTask
    home: Home | None
    phone: str
    children: list[Silent] = field(default_factory=list)

    @property
    def since(self) -> datetime:
        return min(line.due_at for line in self.children)

    @property
    def nobody_reached(self) -> bool:
        return self.task.done_at is not None


@dataclass(frozen=True)
class Call:
    """One task about an open alert; `alert_to_hold` is the alert whose fail-safe “I am on this” can hold or holds."""

    task: DutyTask
    child: Child | None
    alert_to_hold: "DutyTaskAlert | None" = None
    police_at: datetime | None = None
    clock_kind: str | None = None

    @property
    def reference(self) -> str:
        """The episode's reference, else the child's."""
        if self.task.episode is not None:
            return self.task.episode.reference
        if self.task.outage is not None:
            return self.task.outage.reference
        return self.child.reference if self.child else ""

    @property
    def empty_posts(self) -> list[str]:
        """Of “nobody to tell”: the posts of that rung, on which nobody could be told."""
        if self.task.kind != Kind.NOBODY_TO_TELL or self.clock_kind is None:
            return []
        return ladder_table.posts_of(self.clock_kind, self.task.step)

    @property
    def post(self) -> str:
        """Of a message that failed: who it was for, with the post."""
        message = self.task.message
        if message is None:
            return ""
        post = str(ladder_table.POSTS.get(message.post, message.post))
        return f"{isolated(message.user.name)}, {post}" if message.user is not None else post

    @property
    def is_to_home(self) -> bool:
        """Of a message that failed: whether it was for the home itself, not for somebody told about the home."""
        message = self.task.message
        return message is not None and message.home is not None and message.post == Post.HOME

    @property
    def may_hold(self) -> bool:
        """Whether “I am on this” is still to be pressed: it takes the task, and is offered instead of “I am ringing”."""
        return self.alert_to_hold is not None and self.held_until is None

    @property
    def held_until(self) -> datetime | None:
        alert = self.alert_to_hold.alert if self.alert_to_hold else None
        return alert.on_it_at + ladder.ON_IT_HOLD if alert and alert.on_it_at else None


@dataclass
class OpenAlert:
    """One open episode: where it stands, what is owed next, which forces have it, and the calls to make."""

    episode: MissingEpisode
    standing: Standing
    line: str
    next_act: NextAct | None
    # What the police were mailed while nobody is known to have phoned them.
    mailed: str = ""
    forces: Sequence[EpisodeForce] = ()
    given: LinkAcknowledgement | None = None
    calls: list[Call] = field(default_factory=list)

    @property
    def main_call(self) -> Call | None:
        """The call to make next: the return to confirm, else what was asked last; the others stand below it."""
        returns = [call for call in self.calls if call.task.kind == Kind.CONFIRM_RETURN]
        # A call that nobody could be asked to make is looked into; it is never the one to make next.
        latest = sorted(
            self.calls, key=lambda c: (c.task.kind != Kind.NOBODY_TO_TELL, c.task.opened_at, c.task.pk)
        )
        found = returns or latest
        return found[-1] if found else None

    @property
    def other_calls(self) -> list[Call]:
        """The calls that are still open beside the main one, in the order in which they were asked."""
        others = [call for call in self.calls if call is not self.main_call]
        return sorted(others, key=lambda call: (call.task.opened_at, call.task.pk))


@dataclass
class Desk:
    """Everything on one desk at one instant."""

    homes: list[Ringing]
    alerts: list[OpenAlert]
    calls: list[Call]
    # What no server took, by the person or mailbox it was for: one call is for all of it.
    failed: list[list[Call]]
    # Homes to ring about a check of their building; about no child.
    checks: list[DutyTask]
    # The list of each outage that nobody has said to be rung round.
    rounds: list[DutyTask] = field(default_factory=list)
    # Whoever came, rang or waited for a child, until somebody says what was done about it.
    approaches: list[Trigger] = field(default_factory=list)

    @property
    def to_do(self) -> int:
        """How many things ask for a person: the count in the page's title."""
        listed = (self.homes, self.checks, self.calls, self.failed, self.rounds, self.approaches)
        return sum(len(rows) for rows in listed) + sum(len(a.calls) for a in self.alerts)

    @property
    def shown(self) -> set[int]:
        """The children whose rows the desk holds."""
        rows = {line.child.pk for home in self.homes for line in home.children}
        rows |= {alert.episode.child_id for alert in self.alerts}
        rows |= {trigger.child_id for trigger in self.approaches}
        failed = (call for calls in self.failed for call in calls)
        return rows | {call.child.pk for call in (*self.calls, *failed) if call.child is not None}


def read(user: User, *, now: datetime) -> Desk:
    """Read the desk of `user` in a fixed number of queries; PermissionDenied for whoever works on none."""
    authorities = access.duty_authorities(user, at=now)
    seen_by_user = access.children(user, Permission.SEE_RECORD, at=now)
    mine = seen_by_user.filter(access.responsible(authorities, now))
    tasks = _tasks(authorities)
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
    by_episode = {one.episode.pk: one for one in alerts}
    calls: list[Call] = []
    failed: list[Call] = []
    rounds = [task for task in tasks if task.kind == Kind.AFTER_OUTAGE]
    for task in tasks:
        if task.kind in RINGING or task.kind == Kind.AFTER_OUTAGE:
            continue
        call = _call(task, items.get(task.pk, []), visible)
        if call is None:
            continue
        if task.kind == Kind.PHONE_THEM:
            failed.append(call)
        elif task.episode_id in by_episode:
            by_episode[task.episode_id].calls.append(call)
        else:
            calls.append(call)
    alerts.sort(key=lambda one: (not one.calls, one.standing.urgency, one.episode.opened_at))
    checks = check_tasks.open_of(user, authorities, now=now)
    to_change = access.children(user, Permission.CHANGE_CHILD, at=now).open(now)
    came = triggers.unanswered(to_change.filter(access.responsible(authorities, now)))
    return Desk(homes, alerts, calls, _by_person(failed), checks, rounds, list(came))


def get_task(user: User, task_id: int, *, at: datetime) -> DutyTask:
    """Return a task of a desk that `user` works on, about a child they may see, or 404."""
    authorities = access.duty_authorities(user, at=at)
    task = (
        DutyTask.objects.select_related("home", "taken_by", "done_by", "episode__child", "child", "message")
        .filter(pk=task_id, authority__in=authorities)
        .first()
    )
    if task is None:
        raise Http404
    if task.outage_id is not None:
        # About homes, and no child: it is for everybody on the desk.
        return task
    items = items_of([task])
    children = access.children(user, Permission.SEE_RECORD, at=at)
    if not _visible(children, [task], items):
        raise Http404
    return task


def same_person(user: User, task: DutyTask, *, at: datetime) -> list[DutyTask]:
    """The task, and every other open one to phone the person or mailbox that its message did not reach."""
    groups = read(user, now=at).failed if task.kind == Kind.PHONE_THEM else []
    found = next((calls for calls in groups if task in [call.task for call in calls]), [])
    return [task, *(call.task for call in found if call.task != task)]


def _by_person(calls: Iterable[Call]) -> list[list[Call]]:
    """The failed messages of each person or mailbox together, the oldest first."""
    grouped: dict[tuple[object, ...], list[Call]] = defaultdict(list)
    for call in sorted(calls, key=lambda one: (one.task.opened_at, one.task.pk)):
        message = call.task.message
        whom = (message.mailbox_id, message.user_id, message.phone) if message else (call.task.pk,)
        if message is not None and message.user_id is not None:
            whom = (message.user_id,)
        grouped[(call.task.authority_id, *whom)].append(call)
    return list(grouped.values())


def _tasks(authorities: Collection[int]) -> list[DutyTask]:
    """The open tasks, and the calls that reached nobody while their alerts are open."""
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
        "outage",
    )
    rows = DutyTask.objects.filter(Q(done_at=None) | unreached, authority__in=authorities, home_alert=None)
    return list(rows.select_related(*related))


def items_of(tasks: Iterable[DutyTask]) -> dict[int, list[DutyTaskAlert]]:
    """What each task is about, less what has been answered: proof ends an alert with the next sweep."""
    found: dict[int, list[DutyTaskAlert]] = defaultdict(list)
    rows = DutyTaskAlert.objects.filter(task__in=list(tasks), alert__status=AlertStatus.OPEN)
    for item in rows.select_related(
        "alert__clock", "alert__episode", "alert__child", "alert__on_it_by"
    ).order_by("pk"):
        if not _is_answered(item):
            found[item.task_id].append(item)
    return found


def _is_answered(item: DutyTaskAlert) -> bool:
    clock = item.alert.clock
    if clock.kind != Clock.Kind.CONTACT or clock.resting:
        return False
    return clock.due_at is None or clock.due_at > item.alert.due_at


def is_silent(item: DutyTaskAlert) -> bool:
    """Whether ringing the home still helps: nobody has looked, be it that the fail-safe has told the police."""
    if item.alert.clock.kind != Clock.Kind.CONTACT:
        return False
    episode = item.alert.episode
    unconfirmed = episode is not None and episode.status == EpisodeStatus.NOT_CONFIRMED
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


def _homes(
    tasks: Sequence[DutyTask],
    items: dict[int, list[DutyTaskAlert]],
    visible: set[int],
    placements: dict[int, Placement],
) -> list[Ringing]:
    """One row for each home: its open task, else the last call, with all its silent children."""
    grouped: dict[tuple[int, int | None, int | None], list[DutyTask]] = defaultdict(list)
    for task in tasks:
        grouped[task.authority_id, task.home_id, task.child_id].append(task)
    rows = []
    for group in grouped.values():
        silent = [
            item
            for task in group
            for item in items.get(task.pk, [])
            if is_silent(item) and item.alert.child_id in visible
        ]
        if not silent:
            continue
        task = max(group, key=lambda one: (one.done_at is None, one.opened_at, one.pk))
        lines = lines_of(silent, placements)
        placement = lines[0].placement
        phone = task.home.phone if task.home else placement.phone if placement else ""
        rows.append(Ringing(task, task.home, phone, lines))
    return sorted(rows, key=lambda row: (row.task.taken_at is not None, row.task.urgency, row.since))


def _alerts(episodes: Sequence[MissingEpisode], now: datetime) -> list[OpenAlert]:
    children = [episode.child_id for episode in episodes]
    ids = [episode.pk for episode in episodes]
    stands = standings.of(children, now=now)
    acts = next_acts.of_episodes(ids, children)
    forces: dict[int, list[EpisodeForce]] = defaultdict(list)
    for row in EpisodeForce.objects.filter(episode__in=ids).select_related("force"):
        forces[row.episode_id].append(row)
    mailed = police_mails.of(episodes, now=now)
    given = {one.episode_id: one for one in LinkAcknowledgement.objects.filter(episode__in=ids)}
    return [
        OpenAlert(
            episode,
            stands[episode.child_id],
            sentences.line(stands[episode.child_id], now=now),
            next(iter(acts.get(episode.child_id, ())), None),
            mailed.get(episode.pk, ""),
            forces[episode.pk],
            given.get(episode.pk),
        )
        for episode in episodes
    ]


def _call(task: DutyTask, items: Sequence[DutyTaskAlert], visible: set[int]) -> Call | None:
    if task.outage_id is not None:
        return Call(task, None)
    shown = [item for item in items if item.alert.child_id in visible]
    child = shown[0].alert.child if shown else None
    if child is None and task.episode is not None and task.episode.child_id in visible:
        child = task.episode.child
    # A reply is read, and a death is told, be it that the alert has ended.
    of_death = task.message is not None and task.message.step == outbox.DIED
    if child is None or not (shown or of_death or task.kind == Kind.READ_REPLY):
        return None
    if not shown:
        return Call(task, child)
    held = next((item for item in shown if Step.FAIL_SAFE in item.alert.clock.steps), None)
    if task.kind != Kind.RING_POLICE or held is None or held.alert.clock.resting:
        return Call(task, child, clock_kind=shown[0].alert.clock.kind)
    return Call(task, child, held, datetime.fromisoformat(held.alert.clock.steps[Step.FAIL_SAFE]))
