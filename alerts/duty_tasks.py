"""The verbs of a duty task: open, take, finish, pass on and close."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db import transaction
from django.db.models import Q, QuerySet

from alerts import calm, journey_mails, policies, policy_shelf, ringing
from alerts.models import Alert, DutyTask, DutyTaskAlert, Message, MessageKind
from cases import bulk, log
from cases.in_charge import authorities
from cases.models import Child, User
from cases.states import IllegalMove
from cases.worded import Question

ELSEWHERE = "Another authority is responsible now"
PASSES = ("", "responsibility_started")
# Whether a task about an alert of these children may be handed over.
OPEN_TASK = (
    "open task",
    """alerts_dutytask t JOIN alerts_dutytaskalert i ON i.task_id = t.id JOIN alerts_alert a ON a.id = i.alert_id
       WHERE a.child_id = ANY (%(ids)s) AND t.done_at IS NULL""",
)
ENDED = "The alert has ended"
SEARCHED = "A missing episode is open"
RINGING = ringing.RINGING
NOT_REACHED = DutyTask.NOT_REACHED
# No alert climbs while these are not done: whoever has taken one and does not finish it holds it so long.
HELD = frozenset(
    {
        DutyTask.Kind.PHONE_THEM,
        DutyTask.Kind.READ_REPLY,
        DutyTask.Kind.WRONG_CODES,
        DutyTask.Kind.NOBODY_TO_TELL,
        DutyTask.Kind.AFTER_DEATH,
    }
)
HELD_FOR = timedelta(hours=1)
# What the police wrote is read, and a death asked about, whatever has ended meanwhile.
OUTLASTS = (DutyTask.Kind.READ_REPLY, DutyTask.Kind.AFTER_DEATH)
# What may be of alerts that have ended and of no message: of an end, too, nobody may have been told that it is to be phoned.
AFTER_ENDS = (*OUTLASTS, DutyTask.Kind.PHONE_THEM)
# What a task is about still: word of an end that did not arrive, and what is asked after a death, are of alerts that ended.
STILL_ABOUT = (
    Q(alert__status="open")
    | Q(task__message__kind=MessageKind.ENDING)
    | Q(task__kind=DutyTask.Kind.PHONE_THEM, task__message=None)
    | Q(task__kind=DutyTask.Kind.AFTER_DEATH)
)


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
    # Nor ever at night.
    by_day: bool = False

    @cached_property
    def subject(self) -> Subject:
        return (self.kind, self.authority_id, self.home_id, self.episode_id, self.child_id, self.step)


def open_many(wanted: Sequence[Wanted], *, at: datetime) -> None:
    """Open what is wanted, adding the alerts to tasks that stand open for the same home, episode or child.

    One that waits, for the day or for the end of an outage, waits no longer once an alert joins it that does not; and
    of an empty rung whose second person was rung they are rung anew of what joins it.
    """
    if not wanted:
        return
    standing = _standing(wanted)
    spans = untaken_after([one.alert for one in wanted])
    joined = _joined_already(standing.values())
    tasks = dict(standing)
    changed: set[Subject] = set()
    for one in wanted:
        rung_at = _rung_at(one, spans[one.alert.pk], at)
        task = tasks.get(one.subject)
        if task is None:
            tasks[one.subject] = _new(one, rung_at, at)
        elif _rings_anew(task, one, rung_at, joined) or _comes_nearer(task, one, rung_at, at):
            changed.add(one.subject)
    bulk.create([task for subject, task in tasks.items() if subject not in standing])
    DutyTask.objects.bulk_update(
        [standing[subject] for subject in sorted(changed & standing.keys(), key=str)],
        ["urgency", "next_at", "second_rung_at"],
    )
    items = {(tasks[one.subject].pk, one.alert.pk) for one in wanted}
    bulk.insert(DutyTaskAlert, ("task", "alert"), sorted(items), known=True)


def _rung_at(one: Wanted, span: timedelta, at: datetime) -> datetime:
    """When the second person is rung of what is wanted at `at` and nobody takes."""
    rung_at = max(at + span, one.waits_until or at)
    return calm.rings_at(rung_at) if one.by_day else rung_at


def _new(one: Wanted, rung_at: datetime, at: datetime) -> DutyTask:
    return bulk.make(
        DutyTask,
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


def _is_rung_out(task: DutyTask) -> bool:
    """Whether this is about an empty rung, nobody is on it and nobody is rung about it any more."""
    return task.kind == DutyTask.Kind.NOBODY_TO_TELL and task.next_at is None and task.taken_at is None


def _joined_already(tasks: Collection[DutyTask]) -> set[tuple[int, int]]:
    """Task and alert of what these were about when the last person was rung; of one about several its children."""
    rung_out = {task.pk: task for task in tasks if _is_rung_out(task)}
    items = DutyTaskAlert.objects.filter(task__in=rung_out) if rung_out else DutyTaskAlert.objects.none()
    rows = items.values_list("task", "alert", "alert__child")
    return {(pk, child if rung_out[pk].is_of_several else alert) for pk, alert, child in rows}


def _rings_anew(task: DutyTask, one: Wanted, rung_at: datetime, joined: Collection[tuple[int, int]]) -> bool:
    """Have the second person rung anew of what joins an empty rung of which they were rung; say whether they are.

    Of what is owed by the hour and new to them, and of a child who is new to a task about several: on the same rung
    again nobody stands.
    """
    waits = one.by_day and not task.is_of_several
    new = one.alert.child_id if task.is_of_several else one.alert.pk
    if not _is_rung_out(task) or waits or (task.pk, new) in joined:
        return False
    task.urgency = min(task.urgency, one.urgency)
    task.next_at, task.second_rung_at = rung_at, None
    return True


def _comes_nearer(task: DutyTask, one: Wanted, rung_at: datetime, at: datetime) -> bool:
    """Have an open task be as urgent and its clock as near as what joins it asks for; say whether that changes it.

    Whoever is on it, or was rung about it, has their hour. One that nobody is rung about any more keeps no clock.
    """
    before = task.urgency, task.next_at
    task.urgency = min(task.urgency, one.urgency)
    if task.next_at is not None:
        task.next_at = min(task.next_at, max(rung_at, at + HELD_FOR) if task.lapsed else rung_at)
    return (task.urgency, task.next_at) != before


def pass_on(child_ids: Collection[int], *, kind: str, at: datetime) -> None:
    """What is about no alert is asked for where responsibility may have passed: by an event of this kind, or by a merger."""
    if kind in PASSES:
        journey_mails.hand_over(child_ids, answer=ELSEWHERE, at=at)


def take(task: DutyTask, *, by: User, at: datetime) -> DutyTask:
    """Say “I am on this task”; the second person is not rung, unless nobody finishes what no alert asks for again."""
    with transaction.atomic():
        task = DutyTask.objects.select_for_update().get(pk=task.pk)
        if task.done_at is not None:
            raise IllegalMove("This task is done already.")
        if task.taken_at is not None and task.taken_by_id != by.pk:
            raise IllegalMove("%(person)s has taken this task.", person=str(task.taken_by))
        task.taken_at, task.taken_by = task.taken_at or at, by
        # Of what nobody is rung for while it is untaken nobody is rung later.
        has_clock = task.next_at is not None or task.second_rung_at is not None
        held = task.kind in HELD or task.step == DutyTask.UNREAD
        task.next_at = task.taken_at + HELD_FOR if held and has_clock else None
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


def could_not_reach(task: DutyTask, *, note: str = "", by: User, at: datetime) -> DutyTask:
    """“Could not reach” is kept and ends nothing: the alert climbs on as if nobody had rung."""
    return finish(task, answer=f"{NOT_REACHED}. {note}".strip(), by=by, at=at)


def hand_over(child_ids: Collection[int], *, at: datetime) -> None:
    """Open tasks about these locked children go to the desk of the authority that is responsible now, untaken."""
    found = _OPEN_ITEMS(child_ids) if child_ids else []
    if not found:
        return
    responsible = dict(authorities(child_ids, at))
    astray: dict[tuple[int, int], list[DutyTaskAlert]] = defaultdict(list)
    for item in found:
        authority_id = responsible[item.alert.child_id]
        if item.task.authority_id != authority_id:
            astray[item.task_id, authority_id].append(item)
    for (_task, authority_id), moved in astray.items():
        _hand_over(moved[0].task, authority_id, [item.alert for item in moved], at)


_OPEN_ITEMS = Question(
    lambda ids: (
        DutyTaskAlert.objects.filter(STILL_ABOUT, task__done_at=None, alert__child__among=ids)
        .select_related("task", "alert")
        .order_by("task", "pk")
    )
)


def _hand_over(task: DutyTask, authority_id: int, alerts: Sequence[Alert], at: datetime) -> None:
    if task.message_id is not None:
        _hand_over_call(task, authority_id, alerts, at)
        return
    open_many([_as_before(task, authority_id, alert) for alert in alerts], at=at)
    if not _others(task, alerts).exists():
        DutyTask.objects.filter(pk=task.pk).update(done_at=at, answer=ELSEWHERE, next_at=None)


def _others(task: DutyTask, alerts: Sequence[Alert]) -> QuerySet[DutyTaskAlert]:
    """What else the task is about: word of an end that did not arrive is about alerts that have ended."""
    return task.items.exclude(alert__in=alerts).filter(STILL_ABOUT)


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
    others = _others(task, alerts)
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
            episode_id=task.episode_id if task.episode_id in {one.episode_id for one in alerts} else None,
            step=task.step,
            urgency=task.urgency,
            opened_at=at,
            next_at=again,
        )
    elif theirs.done_at is not None:
        # The child is back with the desk that had the call first, or comes after another of whom that desk has phoned.
        DutyTask.objects.filter(pk=theirs.pk).update(
            done_at=None,
            done_by=None,
            answer="",
            taken_at=None,
            taken_by=None,
            second_rung_at=None,
            next_at=again,
        )
    task.items.filter(alert__in=alerts).update(task=theirs)
    if not others.exists():
        DutyTask.objects.filter(pk=task.pk).update(done_at=at, answer=ELSEWHERE, next_at=None)


def close_for(alert_ids: Collection[int], *, answer: str, at: datetime) -> None:
    """Close the open tasks of these ended alerts, unless one is about another that is still open; a reply is read still."""
    tasks = DutyTask.objects.open().filter(items__alert__in=alert_ids).exclude(items__alert__status="open")
    tasks = tasks.exclude(kind__in=OUTLASTS)
    DutyTask.objects.filter(pk__in=tasks.values("pk")).update(done_at=at, answer=answer, next_at=None)


def close_calls(messages: Sequence[Message], *, but: Collection[int] = (), at: datetime) -> None:
    """Close the open calls about these messages, but for some by id: what did not arrive is over."""
    calls = DutyTask.objects.open().filter(message__in=messages).exclude(pk__in=but)
    calls.update(done_at=at, answer=ENDED, next_at=None)


def calls_that_go_on(messages: Sequence[Message]) -> list[int]:
    """The open calls about these messages, by id, that are about an alert that has not ended: another message joined them."""
    calls = DutyTask.objects.open().filter(message__in=messages, items__alert__status="open")
    return list(calls.values_list("pk", flat=True).distinct())


def leave_home_be(child_ids: Collection[int], *, at: datetime) -> None:
    """These are confirmed missing or said to be back: their home is to be rung no longer, unless for another child."""
    if child_ids:
        DutyTask.objects.filter(pk__in=ringing.answered.within(child_ids)).update(
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
    responsible = dict(authorities(child_ids, at)) if found else {}
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
    versions = policy_shelf.calls_of_children({alert.child_id for alert in alerts})
    in_story = policies.demo_untaken_after({alert.child_id for alert in alerts})
    return {
        alert.pk: in_story.get(
            alert.child_id, policies.calls_at(versions[alert.child_id], alert.due_at).untaken_after
        )
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
