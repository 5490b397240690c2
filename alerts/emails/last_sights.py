"""In mails that nobody has recorded seeing a child: since when."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property

from django.db.models import Max, QuerySet

from alerts.models import MessageItem
from cases.models import Contact, Means, MissingEpisode
from cases.states import NO_FIND

# The wordings that say it of each child; one that is of an episode says it of that.
SAID = frozenset({"duty_no_record", "told_no_record", "manager_no_record"})


def read(rows: Iterable[MessageItem]) -> dict[int, datetime]:
    """By child when it was last seen face to face by somebody who is believed, or found; for any number of mails at once."""
    children = {row.alert.child_id for row in rows}
    if not children:
        return {}
    seen = Contact.objects.seen().believed(children).filter(means=Means.FACE_TO_FACE)
    latest = dict(seen.order_by().values_list("child").annotate(at=Max("happened_at")))
    for child_id, found_at in _found(children).values_list("child").annotate(at=Max("found_at")).order_by():
        latest[child_id] = max(found_at, latest.get(child_id, found_at))
    return latest


def of(rows: Iterable[MessageItem], seen_at: Mapping[int, datetime]) -> dict[str, datetime]:
    """The same of the children of one mail, by reference."""
    return {
        row.alert.child.reference: seen_at[row.alert.child_id]
        for row in rows
        if row.alert.child_id in seen_at
    }


def is_never_seen(child_id: int) -> bool:
    """Whether nobody who is believed has ever recorded seeing the child, nor finding them after an earlier episode."""
    return child_id in NeverSeen({child_id}).children


class NeverSeen:
    """Those of the children of any number of mails of whom that is so, read together when the first mail says it."""

    def __init__(self, of: Collection[int]) -> None:
        self._of = of

    @cached_property
    def children(self) -> frozenset[int]:
        seen = Contact.objects.seen().believed(self._of).order_by().values_list("child", flat=True).distinct()
        return frozenset(self._of).difference(seen, _found(self._of).values_list("child", flat=True))


def _found(child_ids: Collection[int]) -> QuerySet[MissingEpisode]:
    found = MissingEpisode.objects.filter(child__in=child_ids, found_at__isnull=False)
    return found.exclude(outcome__in=NO_FIND)
