"""What a call to a silent home brings: somebody is ringing, somebody was seen, or nobody was reached and it is rung again."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from alerts import check_ins, desk, duty_tasks, parted_words
from alerts.desk_rows import Silent
from alerts.models import DutyTask, DutyTaskAlert
from cases import access, contacts, parted
from cases.access import Permission
from cases.models import Child, Contact, MissingEpisode, Placement, User
from cases.states import IllegalMove


@dataclass(frozen=True)
class Moved:
    """Since when a child does not live in the home that was rung, and where it lives instead."""

    since: datetime
    placement: Placement | None


def silent_children(task: DutyTask, user: User, *, at: datetime) -> list[Silent]:
    """The children of a ringing task of whom nothing is known yet, and whose contacts `user` may record."""
    items = [item for item in desk.items_of([task]).get(task.pk, []) if desk.is_silent(item)]
    ids = {item.alert.child_id for item in items}
    able = set(
        access.children(user, Permission.RECORD_CONTACT, at=at)
        .filter(pk__in=ids)
        .values_list("pk", flat=True)
    )
    placed = {
        p.child_id: p
        for p in Placement.objects.current(at).filter(child__in=able).select_related("home", "force")
    }
    return desk.lines_of([item for item in items if item.alert.child_id in able], placed)


def said_of(task: DutyTask, user: User, references: Collection[str], *, at: datetime) -> list[Silent]:
    """Those of these children of whom this call was, and whose contacts `user` may record, silent still or not.

    While duty was told who was seen, somebody else has recorded it, reported the child or moved it: what was told stands
    all the same.
    """
    # A reference of one's own hand may hold a sign that PostgreSQL refuses to look for.
    asked = [reference for reference in references if reference.isprintable()]
    items = DutyTaskAlert.objects.filter(task=task)
    # Whoever has moved since is asked for by another call, and is none of this one.
    lived = Placement.objects.filter(Q(ends_at=None) | Q(ends_at__gte=task.opened_at), home=task.home_id)
    of_call = Q(pk__in=items.values("alert__child"))
    of_call |= Q(pk__in=lived.values("child")) if task.home_id is not None else Q()
    able = access.children(user, Permission.RECORD_CONTACT, at=at).filter(of_call, reference__in=asked)
    return [Silent(child, task.opened_at, None) for child in able.order_by("reference")]


def not_theirs(user: User, references: Collection[str], *, at: datetime) -> list[str]:
    """Of those of these children who are somebody else's by now since when, and whom to ring."""
    printed = [reference for reference in references if reference.isprintable()]
    able = access.children(user, Permission.RECORD_CONTACT, at=at).filter(reference__in=printed)
    others = set(printed) - set(able.values_list("reference", flat=True))
    asked = [access.NotTheirs(user, one, Permission.RECORD_CONTACT, at) for one in sorted(others)]
    found = [one for one in map(parted.of, asked) if one is not None]
    return [parted_words.words(one, now=at) for one in found]


def moved(task: DutyTask, children: Collection[Child], *, at: datetime) -> dict[int, Moved]:
    """Those of these children who have left the home that was rung since the call was opened: since when, and for where."""
    if task.home is None:
        return {}
    here = Placement.objects.filter(home=task.home, child__in=children, ends_at__gte=task.opened_at)
    left = {one.child_id: one.ends_at for one in here.filter(ends_at__lte=at).order_by("ends_at")}
    current = Placement.objects.current(at).filter(child__in=left).select_related("home")
    now_at = {one.child_id: one for one in current}
    return {
        child_id: Moved(ends_at, now_at.get(child_id))
        for child_id, ends_at in left.items()
        if ends_at is not None and (child_id not in now_at or now_at[child_id].home_id != task.home_id)
    }


def take(task: DutyTask, *, by: User, at: datetime) -> DutyTask:
    """“I am ringing”: take the task; after a call that reached nobody this is a new call with a task of its own."""
    if task.done_at is None or task.kind not in desk.RINGING:
        return duty_tasks.take(task, by=by, at=at)
    with transaction.atomic():
        items = [item for item in desk.items_of([task]).get(task.pk, []) if desk.is_silent(item)]
        if not items:
            raise IllegalMove("The alert has ended.")
        wanted = [
            duty_tasks.Wanted(
                kind=task.kind,
                authority_id=task.authority_id,
                alert=item.alert,
                urgency=task.urgency,
                home_id=task.home_id,
                episode_id=task.episode_id,
                child_id=task.child_id,
            )
            for item in items
        ]
        duty_tasks.open_many(wanted, at=at)
        again = DutyTask.objects.open().filter(
            kind=task.kind, authority=task.authority_id, home=task.home_id, child=task.child_id, message=None
        )
        return duty_tasks.take(again.latest("pk"), by=by, at=at)


def take_all(tasks: Sequence[DutyTask], *, by: User, at: datetime) -> None:
    """Take the first, and with it what the same call is for."""
    with transaction.atomic():
        list(DutyTask.objects.select_for_update().filter(pk__in=[one.pk for one in tasks]).order_by("pk"))
        for number, task in enumerate(tasks):
            if number == 0 or task.taken_at is None:
                take(task, by=by, at=at)


def finish_all(tasks: Sequence[DutyTask], *, answer: str, by: User, at: datetime) -> None:
    """One call was for all of these: each is done with the same answer, or none."""
    with transaction.atomic():
        _hold(tasks)
        list(DutyTask.objects.select_for_update().filter(pk__in=[one.pk for one in tasks]).order_by("pk"))
        for task in tasks:
            duty_tasks.finish(task, answer=answer, by=by, at=at)


def _hold(tasks: Sequence[DutyTask], beside: Collection[Child] = ()) -> None:
    """Lock whom these tasks are about, and the children `beside` them, in one order and before any task."""
    about = Child.objects.filter(alerts__task_items__task__in=[task.pk for task in tasks])
    keys = {*about.values_list("pk", flat=True), *(child.pk for child in beside)}
    list(Child.objects.locked().filter(pk__in=keys).order_by("pk"))


def why_none(children: Collection[Child], sighting: contacts.Sighting, *, at: datetime) -> list[str]:
    """Why what was recorded just now of these children did not move the clock, each reason once."""
    keys = [uuid.uuid5(sighting.key, child.reference) for child in children]
    return check_ins.why_of_each(list(Contact.objects.filter(key__in=keys).order_by("pk")), at=at)


def searched(children: Collection[Child], *, at: datetime) -> list[MissingEpisode]:
    """The searches of these children of whom the police are owed word: who was told of was looked for meanwhile."""
    rows = MissingEpisode.objects.open().filter(child__in=children, police_owed_at__lte=at)
    return list(rows.select_related("child").order_by("pk"))


def record_seen(
    task: DutyTask,
    children: Collection[Child],
    sighting: contacts.Sighting,
    *,
    by: User,
    at: datetime,
) -> int:
    """Record what was said on the phone for these children; the task is done when nobody's silence is left of it.

    Returns how many of the task's children nothing is known of still.
    """
    with transaction.atomic():
        _hold([task], beside=children)
        for child in children:
            key = uuid.uuid5(sighting.key, child.reference)
            contacts.record(child, replace(sighting, key=key), by=by, at=at)
        left = [item for item in desk.items_of([task]).get(task.pk, []) if desk.is_silent(item)]
        standing = DutyTask.objects.get(pk=task.pk)
        if not left and standing.done_at is None:
            duty_tasks.finish(standing, answer=f"Seen by {sighting.witness}"[:300], by=by, at=at)
    return len(left)
