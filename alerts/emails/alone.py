"""In the mail that asks duty to ring a home: that nobody there could have looked, and whether somebody else is to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from alerts import nobody_there
from alerts.models import MessageItem
from alerts.nobody_there import Late
from cases.models import Restriction


def read(rows: Collection[MessageItem], *, now: datetime) -> dict[Late, bool]:
    """Of the roll-calls that nobody could call: whether nobody is named either who looks; by child and deadline.

    Read for the rows of any number of mails at once. Of a restricted record a mail says nothing of it.
    """
    late = {_late(row) for row in rows}
    found = nobody_there.of_each(late, at=now) if late else {}
    if not found:
        return {}
    children = {child_id for child_id, _due_at in found}
    restricted = Restriction.objects.current(now).filter(child__in=children)
    shut = set(restricted.values_list("child", flat=True))
    return {late: bool(one.nobodys) for late, one in found.items() if late[0] not in shut}


def words(rows: Sequence[MessageItem], found: Mapping[Late, bool]) -> dict[str, str]:
    """By reference, without who it is: that stands on the desk."""
    named = _("nobody is there at this roll-call: who looks instead is on the desk")
    nobody = _("nobody is there at this roll-call, and nobody is named who looks instead")
    return {
        row.alert.child.reference: nobody if found[_late(row)] else named
        for row in rows
        if _late(row) in found
    }


def _late(row: MessageItem) -> Late:
    return row.alert.child_id, row.alert.due_at
