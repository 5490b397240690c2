"""Who is kept from a missing child hears of it by no other child either."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from alerts.escalations.dues import Due
from alerts.models import Alert, Clock, Message
from alerts.recipients import Directory, Post, Recipient
from alerts.tellings import Telling
from cases import facts
from cases.models import HeadCount, KeepFrom, Trigger

# What these tell of a child says that another is missing, or was found.
BECAUSE_OF_ANOTHER = (Clock.Kind.HEAD_COUNT, Clock.Kind.MATE_FOUND)
# By child who is asked for: who may not know that another is missing.
Barred = Mapping[int, set[int]]
# What somebody is told, and who it is.
Told = tuple[Telling, Recipient]


def of_missing(dues: Sequence[Due], *, at: datetime) -> Barred:
    """By child of whom something is told because of others: the people whom any of these is kept from."""
    return _of_clocks([(due.child.pk, due.clock.kind) for due in dues], at)


def of_alerts(alerts: Iterable[Alert], *, at: datetime) -> Barred:
    """The same of the children of these alerts, each with its clock."""
    return _of_clocks([(one.child_id, one.clock.kind) for one in alerts], at)


def _of_clocks(told: Iterable[tuple[int, str]], at: datetime) -> Barred:
    asking: dict[str, set[int]] = {}
    for child_id, kind in told:
        asking.setdefault(kind, set()).add(child_id)
    if asking.keys().isdisjoint(BECAUSE_OF_ANOTHER):
        return {}
    missing = HeadCount.objects.filter(child__in=asking.get(Clock.Kind.HEAD_COUNT, ()), ended_at=None)
    found = Trigger.objects.filter(child__in=asking.get(Clock.Kind.MATE_FOUND, ()), mate__isnull=False)
    pairs = [*missing.values_list("child", "episode__child"), *found.values_list("child", "mate__child")]
    return _barred(pairs, at)


def _barred(pairs: Sequence[tuple[int, int]], at: datetime) -> Barred:
    marks = facts.kept_from({missing for _child, missing in pairs}, at)
    found: dict[int, set[int]] = {}
    for child_id, missing in pairs:
        found.setdefault(child_id, set()).update(marks.get(missing, ()))
    return found


def resolve(directory: Directory, telling: Telling, due: Due, kept: Barred) -> list[Recipient]:
    """Whom this tells of what is due, less whoever may not learn by it that another child is missing."""
    return standing(
        directory, Post(telling.post), due.watched.child, due.clock, kept, channels=telling.channels
    )


def of_step(directory: Directory, tellings: Iterable[Telling], due: Due, kept: Barred) -> list[Told]:
    """The same of all that a step tells, each with their part of it."""
    return [(telling, to) for telling in tellings for to in resolve(directory, telling, due, kept)]


def standing(
    directory: Directory,
    post: Post,
    child: facts.ChildFacts,
    clock: Clock,
    kept: Barred,
    *,
    channels: Collection[str],
) -> list[Recipient]:
    """Who stands on this post of a child whose clock it is, less whoever may not learn that another is missing."""
    found = directory.resolve(post, child, channels, duty=clock.duty)
    barred = kept.get(child.child.pk, set()) if clock.kind in BECAUSE_OF_ANOTHER else set()
    return [one for one in found if _may_hear(one, child, barred, directory)] if barred else found


def from_own_child(of_matters: Sequence[uuid.UUID], at: datetime) -> set[tuple[int, uuid.UUID]]:
    """Of messages about a child's worry, concern or journey those, each with its reader, whose reader is kept from the child."""
    if not of_matters:
        return set()
    about = Coalesce(*(OuterRef(f"{of}__child") for of in Message.OF_CHILD))
    mark = KeepFrom.objects.current(at).filter(user=OuterRef("user"), child=about)
    rows = Message.objects.filter(Exists(mark), pk__in=of_matters).values_list("user", "pk")
    return {(user_id, pk) for user_id, pk in rows if user_id is not None}


def _may_hear(recipient: Recipient, child: facts.ChildFacts, barred: set[int], directory: Directory) -> bool:
    """A home hears where somebody works whom the missing child is not kept from."""
    if recipient.post != Post.HOME:
        return recipient.user_id is None or recipient.user_id not in barred
    placement = child.placement
    people = directory.carers.get((placement and placement.home_id) or 0, set())
    return not people or bool(people - barred)
