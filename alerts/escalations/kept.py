"""Who is kept from a missing child hears of it by no other child either."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from alerts.escalations.dues import Due
from alerts.models import Clock
from alerts.recipients import Directory, Post, Recipient
from alerts.tellings import Telling
from cases import facts
from cases.models import HeadCount

# By child who is asked for: who may not know that another is missing.
Barred = Mapping[int, set[int]]


def of_missing(dues: Sequence[Due], *, at: datetime) -> Barred:
    """By child to be seen because others are missing: the people whom any of these is kept from."""
    asking = {due.child.pk for due in dues if due.clock.kind == Clock.Kind.HEAD_COUNT}
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
    child, duty = due.watched.child, due.clock.duty
    found = directory.resolve(Post(telling.post), child, telling.channels, duty=duty)
    barred = kept.get(due.child.pk, set()) if due.clock.kind == Clock.Kind.HEAD_COUNT else set()
    return [one for one in found if _may_hear(one, due, barred, directory)] if barred else found


def _may_hear(recipient: Recipient, due: Due, barred: set[int], directory: Directory) -> bool:
    """A home hears where somebody works whom the missing child is not kept from."""
    if recipient.post != Post.HOME:
        return recipient.user_id is None or recipient.user_id not in barred
    placement = due.watched.child.placement
    people = directory.carers.get((placement and placement.home_id) or 0, set())
    return not people or bool(people - barred)
