"""In the mail that asks duty to ring a home: that nobody there could have looked, and whether somebody else is to."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from alerts import nobody_there
from alerts.models import MessageItem
from cases.models import Restriction


def of(rows: Sequence[MessageItem], *, among: Collection[int] | None, now: datetime) -> dict[str, str]:
    """By reference, without who it is: that stands on the desk. Of a restricted record a mail says nothing of it.

    `among` are the children of whom it is possible, where somebody has asked for many mails at once.
    """
    due = {row.alert.child_id: row.alert.due_at for row in rows}
    if among is not None:
        due = {child_id: at for child_id, at in due.items() if child_id in among}
    found = nobody_there.of(due, at=now) if due else {}
    if not found:
        return {}
    restricted = (
        Restriction.objects.current(now).filter(child__in=list(found)).values_list("child", flat=True)
    )
    shut = set(restricted)
    named = _("nobody is there at this roll-call: who looks instead is on the desk")
    nobody = _("nobody is there at this roll-call, and nobody is named who looks instead")
    return {
        row.alert.child.reference: nobody if found[row.alert.child_id].nobodys else named
        for row in rows
        if row.alert.child_id in found and row.alert.child_id not in shut
    }
