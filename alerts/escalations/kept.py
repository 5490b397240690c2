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
from cases.models import HeadCount, KeepFrom

# By child who is asked for: who may not know that another is missing.
Barred = Mapping[int, set[int]]


def of_missing(dues: Sequence[Due], *, at: datetime) -> Barred:
    """By child to be seen because others are missing: the people whom any of these is kept from."""
    return _of_children({due.child.pk for due in dues if due.clock.kind == Clock.Kind.HEAD_COUNT}, at)


def of_alerts(alerts: Iterable[Alert], *, at: datetime) -> Barred:
    """The same of the children of these alerts, each with its clock."""
    return _of_children({one.child_id for one in alerts if one.clock.kind == Clock.Kind.HEAD_COUNT}, at)


def _of_children(asking: set[int], at: datetime) -> Barred:
    if not asking:
        return {}
    rows = HeadCount.objects.filter(child__in=asking, ended_at=None)
    pairs = list(rows.values_list("child", "episode__child"))
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
    barred = kept.get(child.child.pk, set()) if clock.kind == Clock.Kind.HEAD_COUNT else set()
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
