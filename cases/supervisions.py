"""The verbs of a supervision: record one with the children who were talked about, and withdraw it or what was said of one."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from cases import access, log, plans, worker_leaves
from cases.access import Permission
from cases.clock import TOLERANCE, as_read_at
from cases.deadlines import london_day
from cases.models import Child, Discussion, PlanAction, Supervision, User, worked_by
from cases.moves import other_words, require_open, require_same
from cases.states import IllegalMove


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What somebody does by a day."""

    what: str
    owner: User
    by_date: date


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What was said of one child, what the manager wants, and what was decided."""

    child: Child
    discussed: str
    direction: str = ""
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is written down of a supervision; `own` is of the worker and of no child."""

    held_at: datetime
    next_date: date
    own: str = ""
    talks: tuple[Talk, ...] = ()
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def record(worker: User, held: Held, *, by: User, at: datetime) -> Supervision:
    """Keep that `by` supervised `worker`; the same form again returns it.

    Each decision is an action of the child's plan, which climbs when its day has passed. Raises `IllegalMove` for
    oneself, a time to come, a next day that is not after it, nothing said, a child whose work the worker has not, and a
    closed case; `SentBefore` where the form came before with other words.
    """
    _require(worker, held, by, at)
    with transaction.atomic():
        children = _locked(talk.child.pk for talk in held.talks)
        # Two of the same form wait for each other here, where no child makes them wait.
        worker_leaves.wait_for(worker)
        standing = Supervision.objects.filter(key=held.key).first()
        if standing is not None:
            _require_same(standing, worker, held, by, at)
            return standing
        theirs = set(worked_by(worker.pk, at))
        row = Supervision.objects.create(
            key=held.key,
            worker=worker,
            held_by=by,
            held_at=min(held.held_at, at),
            own=held.own.strip(),
            next_date=held.next_date,
            recorded_at=at,
        )
        for talk in held.talks:
            _discuss(row, children[talk.child.pk], talk, theirs=theirs, at=at)
    return row


def withdraw(supervision: Supervision, *, reason: str, by: User, at: datetime) -> Supervision:
    """Strike a supervision through, with all that was said of children in it: it was not held so.

    What was decided stays asked for until somebody ends it on the plan. Raises `IllegalMove` without a reason, the
    second time, and where it was held by another and is of a child whose work `by` does not give away.
    """
    _require_reason(reason)
    with transaction.atomic():
        standing = supervision.discussions.standing()
        children = _locked(standing.values_list("child", flat=True))
        row = Supervision.objects.select_for_update(no_key=True).get(pk=supervision.pk)
        if row.withdrawn_at is not None:
            raise IllegalMove("This supervision is withdrawn already.")
        _require_theirs(row, children, by, at)
        _strike(row, reason, by, at)
        for one in standing:
            _strike_discussion(one, children[one.child_id], reason, by, at)
    return row


def withdraw_discussion(discussion: Discussion, *, reason: str, by: User, at: datetime) -> Discussion:
    """Strike through what was said of one child: it is of another, or was not said so. The child is due as before."""
    _require_reason(reason)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=discussion.child_id)
        row = Discussion.objects.select_related("supervision").get(pk=discussion.pk)
        if row.withdrawn_at is not None:
            raise IllegalMove("This is withdrawn already.")
        _strike_discussion(row, child, reason, by, at)
    return row


def _discuss(row: Supervision, child: Child, talk: Talk, *, theirs: set[int], at: datetime) -> None:
    require_open(child.closed_at)
    if child.pk not in theirs:
        raise IllegalMove(
            "The social worker has not the work of %(reference)s any more.", reference=child.reference
        )
    said = {"discussed": talk.discussed.strip(), "direction": talk.direction.strip()}
    one = Discussion.objects.create(supervision=row, child=child, **said)
    log.record(
        child,
        "supervised",
        subject=one,
        data={"worker": row.worker_id, "next": row.next_date.isoformat()},
        happened_at=row.held_at,
        fields=said,
        by=row.held_by,
        at=at,
    )
    for decision in talk.decisions:
        plans.ask(
            child,
            decision.what,
            owner=decision.owner,
            by_date=decision.by_date,
            discussion=one,
            by=row.held_by,
            at=at,
        )


def _strike(row: Supervision | Discussion, reason: str, by: User, at: datetime) -> None:
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = at, by, reason.strip()
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])


def _strike_discussion(row: Discussion, child: Child, reason: str, by: User, at: datetime) -> None:
    _strike(row, reason, by, at)
    log.record(
        child, "supervision_withdrawn", subject=row, fields={"reason": row.withdrawn_reason}, by=by, at=at
    )


def _locked(child_ids: Iterable[int]) -> dict[int, Child]:
    rows = Child.objects.locked().filter(pk__in=set(child_ids)).order_by("pk")
    return {child.pk: child for child in rows}


def _require(worker: User, held: Held, by: User, at: datetime) -> None:
    if worker.pk == by.pk:
        raise IllegalMove("Nobody supervises themselves.")
    if held.held_at > at + TOLERANCE:
        raise IllegalMove("The time of the supervision must be now or in the past.")
    if held.next_date <= london_day(held.held_at):
        raise IllegalMove("The next supervision must be after this one.")
    if not held.own.strip() and not held.talks:
        raise IllegalMove("Enter what was talked about, of a child or of the social worker’s own work.")
    if not all(talk.discussed.strip() for talk in held.talks):
        raise IllegalMove("Enter what was discussed of each child.")
    if len({talk.child.pk for talk in held.talks}) < len(held.talks):
        raise ValueError("a child is talked about once in a supervision")


def _require_theirs(row: Supervision, children: Collection[int], by: User, at: datetime) -> None:
    managed = access.children(by, Permission.ALLOCATE, at=at).filter(pk__in=children)
    if row.held_by_id != by.pk and managed.count() < len(children):
        raise IllegalMove(
            "Not all of this is yours to withdraw. On the page of each child of yours withdraw what was said of that one."
        )


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise IllegalMove("Enter why it is withdrawn.")


def _require_same(standing: Supervision, worker: User, held: Held, by: User, at: datetime) -> None:
    if standing.worker_id != worker.pk or standing.held_by_id != by.pk:
        raise IllegalMove("This form was sent for another social worker.")
    first = standing.recorded_at
    moment = min(as_read_at(first, held.held_at), at)
    said = {"held_at": moment, "next_date": held.next_date, "own": held.own.strip()}
    require_same(standing, said, sent=(first, at))
    if _written(standing) != _said(held.talks):
        raise other_words()


def _written(standing: Supervision) -> set[tuple[object, ...]]:
    asked = PlanAction.objects.filter(discussion__supervision=standing)
    decided: dict[int | None, set[tuple[object, ...]]] = {}
    for one in asked:
        decided.setdefault(one.discussion_id, set()).add((one.what, one.owner_id, one.by_date))
    return {
        (one.child_id, one.discussed, one.direction, frozenset(decided.get(one.pk, ())))
        for one in standing.discussions.standing()
    }


def _said(talks: Sequence[Talk]) -> set[tuple[object, ...]]:
    return {
        (
            talk.child.pk,
            talk.discussed.strip(),
            talk.direction.strip(),
            frozenset((one.what.strip(), one.owner.pk, one.by_date) for one in talk.decisions),
        )
        for talk in talks
    }
