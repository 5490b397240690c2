"""The verbs of a duty task: open, take, finish, and ring the second person when nobody takes it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from alerts import journey_mails, outages, outbox, policies, recipients
from alerts.models import Alert, DutyTask, DutyTaskAlert, MessageItem, MessageKind
from cases import bulk, facts, log
from cases.models import Child, MissingEpisode, Responsibility, User
from cases.signals import children_changed
from cases.states import EpisodeStatus, IllegalMove

logger = structlog.get_logger(__name__)

# A task whose second person cannot be rung, for a fault of its record, is tried again after so long.
PUT_OFF = timedelta(minutes=1)
ELSEWHERE = "Another authority is responsible now"
PASSES = ("", "responsibility_started")
SEARCHED = "A missing episode is open"
RINGING = (DutyTask.Kind.RING_HOME, DutyTask.Kind.FIND_PLACEMENT)


# Kind, authority, home, episode, child and step: what makes two tasks one.
Subject = tuple[str, int, int | None, int | None, int | None, str]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A task that a step asks for; alike in kind, authority and subject it is one task."""

    kind: str
    authority_id: int
    alert: Alert
    urgency: int
    home_id: int | None = None
    episode_id: int | None = None
    child_id: int | None = None
    # Of “nobody to tell”: the rung that nobody stands on.
    step: str = ""
    # The second person is not rung for this one before then.
    waits_until: datetime | None = None

    @property
    def subject(self) -> Subject:
        return (self.kind, self.authority_id, self.home_id, self.episode_id, self.child_id, self.step)


def open_many(wanted: Sequence[Wanted], *, at: datetime) -> None:
    """Open what is wanted, adding the alerts to tasks that stand open for the same home, episode or child."""
    if not wanted:
        return
    standing = _standing(wanted)
    spans = untaken_after([one.alert for one in wanted])
    new: dict[Subject, DutyTask] = {}
    for one in wanted:
        if one.subject in standing:
            continue
        task = new.get(one.subject)
        rung_at = max(at + spans[one.alert.pk], one.waits_until or at)
        if task is None:
            new[one.subject] = DutyTask(
                kind=one.kind,
                authority_id=one.authority_id,
                home_id=one.home_id,
                episode_id=one.episode_id,
                child_id=one.child_id,
                step=one.step,
                urgency=one.urgency,
                opened_at=at,
                next_at=rung_at,
            )
        elif task.next_at is not None:
            task.next_at = min(task.next_at, rung_at)
    bulk.create(new.values())
    tasks = {**standing, **new}
    items = {(tasks[one.subject].pk, one.alert.pk) for one in wanted}
    bulk.insert(DutyTaskAlert, ("task", "alert"), sorted(items), known=True)


def listen() -> None:
    """Answer the bell that every verb rings: a child whose authority has changed takes its tasks along."""
    children_changed.connect(_on_children_changed, dispatch_uid="alerts.duty_tasks")


def _on_children_changed(
    sender: object, ids: Collection[int] | None, at: datetime, kind: str = "", **kwargs: object
) -> None:
    if ids is None:
        return
    hand_over(ids, at=at)
    # What is about no alert is asked for where responsibility may have passed: by the event, or by a merger.
    if kind in PASSES:
        journey_mails.hand_over(ids, answer=ELSEWHERE, at=at)


def take(task: DutyTask, *, by: User, at: datetime) -> DutyTask:
    """Say “I am on this task”; the second person is not rung any more."""
    with transaction.atomic():
        task = DutyTask.objects.select_for_update().get(pk=task.pk)
        if task.done_at is not None:
            raise IllegalMove("This task is done already.")
        if task.taken_at is not None and task.taken_by_id != by.pk:
            raise IllegalMove("%(person)s has taken this task.", person=str(task.taken_by))
        task.taken_at, task.taken_by, task.next_at = task.taken_at or at, by, None
        task.save(update_fields=["taken_at", "taken_by", "next_at"])
    return task


def finish(task: DutyTask, *, answer: str, by: User, at: datetime) -> DutyTask:
    """Keep what came of it; it ends no alert."""
    if not answer.strip():
        raise IllegalMove("Enter what came of it.")
    with transaction.atomic():
        for child in Child.objects.locked().filter(alerts__task_items__task=task).order_by("pk"):
            log.record_many(
                [log.Entry(child_id=child.pk, kind="duty_task_done", subject=task, data={"task": task.kind})],
                by=by,
                at=at,
            )
        task = DutyTask.objects.select_for_update().get(pk=task.pk)
        if task.done_at is not None:
            raise IllegalMove("This task is done already.")
        task.done_at, task.done_by, task.answer, task.next_at = at, by, answer, None
        task.save(update_fields=["done_at", "done_by", "answer", "next_at"])
    return task


def finish_all(tasks: Sequence[DutyTask], *, answer: str, by: User, at: datetime) -> None:
    """One call was for all of these: each is done with the same answer, or none."""
    with transaction.atomic():
        for task in tasks:
            finish(task, answer=answer, by=by, at=at)


def could_not_reach(task: DutyTask, *, note: str = "", by: User, at: datetime) -> DutyTask:
    """“Could not reach” is kept and ends nothing: the alert climbs on as if nobody had rung."""
    return finish(task, answer=f"Could not reach. {note}".strip(), by=by, at=at)


def ring_second(*, now: datetime, only: int | None = None) -> int:
    """Ring the second person on the rota for every task that nobody has taken in time, or for `only` that one; each once."""
    with transaction.atomic():
        untaken = DutyTask.objects.untaken_at(now)
        if only is not None:
            untaken = untaken.filter(pk=only)
        tasks = list(
            untaken.select_for_update(skip_locked=True, of=("self",)).order_by("urgency", "next_at", "pk")[
                :200
            ]
        )
        if not tasks:
            return 0
        outbox.enqueue(_second_calls([task for task in tasks if task.outage_id is None], now), at=now)
        outages.ring_second([task for task in tasks if task.outage_id is not None], at=now)
        journey_mails.ring_second(tasks, at=now)
        DutyTask.objects.filter(pk__in=[task.pk for task in tasks]).update(second_rung_at=now, next_at=None)
    return len(tasks)


def ring_second_one_by_one(*, now: datetime) -> tuple[int, int]:
    """Try each untaken task by itself; one that fails is put off and reported. Return those rung and those that failed."""
    rung = failed = 0
    for pk in list(DutyTask.objects.untaken_at(now).values_list("pk", flat=True)[:200]):
        try:
            rung += ring_second(now=now, only=pk)
        except Exception as error:  # noqa: BLE001 - any fault of one task
            failed += 1
            logger.error("task_fails", task=pk, error=type(error).__name__)
            DutyTask.objects.filter(pk=pk).update(next_at=now + PUT_OFF)
    return rung, failed


def _second_calls(tasks: Sequence[DutyTask], now: datetime) -> list[outbox.Owed]:
    items = DutyTaskAlert.objects.filter(task__in=tasks, alert__status="open").select_related("alert")
    alerts: dict[int, list[Alert]] = defaultdict(list)
    for item in items.order_by("pk"):
        alerts[item.task_id].append(item.alert)
    loaded = facts.load({alert.child_id for found in alerts.values() for alert in found})
    directory = recipients.directory(list(loaded.values()), at=now)
    calls = [
        (task, alert, recipient)
        for task in tasks
        # A house's children are one message; of an episode's alerts one speaks for all, so that nobody is rung twice.
        for alert in (alerts[task.pk] if task.home_id is not None else alerts[task.pk][:1])
        for recipient in directory.second_for(loaded[alert.child_id])
    ]
    # A task that passed to another desk is untaken anew: whoever has heard of it, at either desk, is not told again.
    told = _told_of(tasks)
    calls = [call for call in calls if (call[1].pk, _second_step(call[0]), call[2].key) not in told]
    together = _together([(task, recipient) for task, _alert, recipient in calls])
    return [
        outbox.Owed(
            alert=alert,
            step=_second_step(task),
            kind=MessageKind.ALERT,
            wording="second_person",
            recipient=recipient,
            urgency=task.urgency,
            owed_at=task.next_at or now,
            home_id=task.home_id,
            episode_id=task.episode_id if task.home_id is None else None,
            together=together.get((task.pk, recipient.key), ""),
        )
        for task, alert, recipient in calls
    ]


def _second_step(task: DutyTask) -> str:
    return f"second:{task.pk}"[:20]


def _told_of(tasks: Sequence[DutyTask]) -> set[tuple[int, str, str]]:
    """Alert, step and recipient of every call about these tasks that was owed before."""
    rows = MessageItem.objects.filter(
        alert__task_items__task__in=tasks,
        step__in={_second_step(task) for task in tasks},
        kind=MessageKind.ALERT,
    )
    return set(rows.values_list("alert", "step", "recipient"))


def _together(calls: Sequence[tuple[DutyTask, recipients.Recipient]]) -> dict[tuple[int, str], str]:
    """By task and reader the step of the one message for all calls to people who were not reached: a dead gateway
    or mail server leaves many at once, and says so once to each reader."""
    of_reader: dict[tuple[str, int], set[int]] = defaultdict(set)
    for task, recipient in calls:
        if task.kind == DutyTask.Kind.PHONE_THEM:
            of_reader[recipient.key, task.authority_id].add(task.pk)
    return {
        (pk, key): f"second:{min(pks)}"[:20]
        for (key, _authority), pks in of_reader.items()
        if len(pks) > 1
        for pk in pks
    }


def hand_over(child_ids: Collection[int], *, at: datetime) -> None:
    """Open tasks about these locked children go to the desk of the authority that is responsible now, untaken."""
    items = DutyTaskAlert.objects.filter(
        task__done_at=None, alert__status="open", alert__child__in=child_ids
    ).select_related("task", "alert")
    found = list(items.order_by("task", "pk"))
    if not found:
        return
    rows = Responsibility.objects.at(at).filter(child__in=child_ids)
    responsible = dict(rows.values_list("child", "authority"))
    astray: dict[tuple[int, int], list[DutyTaskAlert]] = defaultdict(list)
    for item in found:
        authority_id = responsible[item.alert.child_id]
        if item.task.authority_id != authority_id:
            astray[item.task_id, authority_id].append(item)
    for (_task, authority_id), moved in astray.items():
        _hand_over(moved[0].task, authority_id, [item.alert for item in moved], at)


def _hand_over(task: DutyTask, authority_id: int, alerts: Sequence[Alert], at: datetime) -> None:
    if task.message_id is not None:
        _hand_over_call(task, authority_id, alerts, at)
        return
    open_many([_as_before(task, authority_id, alert) for alert in alerts], at=at)
    others = task.items.filter(alert__status="open").exclude(alert__in=alerts)
    if not others.exists():
        DutyTask.objects.filter(pk=task.pk).update(done_at=at, answer=ELSEWHERE, next_at=None)


def _as_before(task: DutyTask, authority_id: int, alert: Alert) -> Wanted:
    return Wanted(
        kind=task.kind,
        authority_id=authority_id,
        alert=alert,
        urgency=task.urgency,
        home_id=task.home_id,
        episode_id=task.episode_id,
        child_id=task.child_id,
        step=task.step,
    )


def _hand_over_call(task: DutyTask, authority_id: int, alerts: Sequence[Alert], at: datetime) -> None:
    """One call for each message and desk: it goes as it is, unless the desk that has it still has a child in it."""
    again = at + min(untaken_after(alerts).values())
    others = task.items.filter(alert__status="open").exclude(alert__in=alerts)
    theirs = DutyTask.objects.filter(message=task.message_id, authority=authority_id).first()
    if theirs is None and not others.exists():
        DutyTask.objects.filter(pk=task.pk).update(
            authority=authority_id, taken_at=None, taken_by=None, second_rung_at=None, next_at=again
        )
        return
    if theirs is None:
        theirs = DutyTask.objects.create(
            message_id=task.message_id,
            authority_id=authority_id,
            kind=task.kind,
            home_id=task.home_id,
            episode_id=task.episode_id,
            urgency=task.urgency,
            opened_at=at,
            next_at=again,
        )
    elif theirs.answer == ELSEWHERE:
        # The child is back with the desk that had the call first.
        DutyTask.objects.filter(pk=theirs.pk).update(
            done_at=None, answer="", taken_at=None, taken_by=None, second_rung_at=None, next_at=again
        )
    task.items.filter(alert__in=alerts).update(task=theirs)
    if not others.exists():
        DutyTask.objects.filter(pk=task.pk).update(done_at=at, answer=ELSEWHERE, next_at=None)


def close_for(alert_ids: Collection[int], *, answer: str, at: datetime) -> None:
    """Close the open tasks of these ended alerts, unless one is about another that is still open; a reply is read still."""
    tasks = DutyTask.objects.open().filter(items__alert__in=alert_ids).exclude(items__alert__status="open")
    tasks = tasks.exclude(kind=DutyTask.Kind.READ_REPLY)
    DutyTask.objects.filter(pk__in=tasks.values("pk")).update(done_at=at, answer=answer, next_at=None)


def leave_home_be(child_ids: Collection[int], *, at: datetime) -> None:
    """These are confirmed missing or said to be back: their home is to be rung no longer, unless for another child."""
    open_episodes = MissingEpisode.objects.open()
    answered = open_episodes.filter(
        Q(status=EpisodeStatus.MISSING)
        | Q(reported_seen_at__isnull=False)
        | Q(child_confirmed_at__isnull=False)
    )
    others = DutyTaskAlert.objects.filter(task=OuterRef("pk"), alert__status="open").exclude(
        alert__child__in=answered.values("child")
    )
    tasks = DutyTask.objects.open().filter(kind__in=RINGING, items__alert__child__in=child_ids)
    DutyTask.objects.filter(pk__in=tasks.filter(~Exists(others)).values("pk")).update(
        done_at=at, answer=SEARCHED, next_at=None
    )


def ask_home_again(child_ids: Collection[int], *, at: datetime) -> None:
    """That these children are back does not stand, and nobody has looked: the calls left for it are owed again, untaken."""
    items = DutyTaskAlert.objects.filter(
        task__kind__in=RINGING,
        task__answer=SEARCHED,
        task__done_by=None,
        alert__status="open",
        alert__child__in=child_ids,
    )
    found = list(items.select_related("task", "alert").order_by("task", "pk"))
    rows = (
        Responsibility.objects.at(at).filter(child__in=child_ids) if found else Responsibility.objects.none()
    )
    responsible = dict(rows.values_list("child", "authority"))
    open_many([_as_before(item.task, responsible[item.alert.child_id], item.alert) for item in found], at=at)


def take_of_episode(episode_id: int, kinds: Collection[str], *, by: User, at: datetime) -> None:
    """Whoever does a part of what these ask has taken them: nobody else is rung about them."""
    DutyTask.objects.open().filter(episode=episode_id, kind__in=kinds, taken_at=None).update(
        taken_at=at, taken_by=by, next_at=None
    )


def close_of_episode(episode_id: int, kinds: Collection[str], *, answer: str, by: User, at: datetime) -> None:
    """Close an episode's open tasks of these kinds: what they asked for has been done."""
    DutyTask.objects.open().filter(episode=episode_id, kind__in=kinds).update(
        done_at=at, done_by=by, answer=answer, next_at=None
    )


def untaken_after(alerts: Sequence[Alert]) -> dict[int, timedelta]:
    """How long each alert's task may stand untaken: by the policy that the alert keeps, by the story's for its children."""
    versions = policies.call_versions()
    in_story = policies.demo_untaken_after({alert.child_id for alert in alerts})
    return {
        alert.pk: in_story.get(alert.child_id, policies.calls_at(versions, alert.due_at).untaken_after)
        for alert in alerts
    }


def _standing(
    wanted: Sequence[Wanted],
) -> dict[Subject, DutyTask]:
    # Locked, so that none is being finished meanwhile: an alert added to a finished task would be on no desk.
    tasks = (
        DutyTask.objects.select_for_update()
        .order_by("pk")
        .filter(
            done_at=None,
            message=None,
            authority__in={w.authority_id for w in wanted},
            kind__in={w.kind for w in wanted},
        )
    )
    return {(t.kind, t.authority_id, t.home_id, t.episode_id, t.child_id, t.step): t for t in tasks}
