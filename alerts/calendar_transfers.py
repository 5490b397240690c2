"""What is to be said by a day of children who are to come by transfer, in the calendars of the receiver's people."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts import calendars, transfer_pages
from alerts.calendars import Entry
from cases import access, handovers, holidays, reads
from cases.access import Permission
from cases.models import User
from cases.states import TransferStatus as Status

TO_SAY: Mapping[str, Promise] = {
    Status.ALLOCATED: _("Offer of a transfer: accept or decline"),
    Status.IN_TRANSIT: _("Arrival of the child by transfer to be confirmed"),
}


def to_say(
    user: User,
    *,
    worker_id: int | None = None,
    team_id: int | None = None,
    after: str = "",
    until: datetime | None = None,
    now: datetime,
) -> list[Entry]:
    """What `user` reads as one of the receiver's people and the receiver is to say, between two marks of the clocks.

    Of one worker or one team what was accepted for them; an offer is nobody's yet, and stands with all that they read.
    Each leads to the page of the transfer, the one page of the child that is open to them. A child who is looked for
    stands with the search. In a fixed number of queries.
    """
    own = access.children(user, Permission.SEE_RECORD, at=now).values("pk")
    found = handovers.coming(user, at=now).filter(status__in=list(TO_SAY)).exclude(child__in=own)
    if worker_id is not None:
        found = found.filter(worker=worker_id)
    if team_id is not None:
        found = found.filter(team=team_id)
    found = found.select_related("child", "sender", "receiver")
    since = reads.read_mark(after)[0] if after else None
    rows = transfer_pages.rows_of([(one, True) for one in found], now)
    return [
        _entry(row, row.due_at)
        for row in rows
        if row.due_at is not None
        and row.missing is None
        and (since is None or row.due_at > since)
        and (until is None or row.due_at <= until)
    ]


def _entry(row: transfer_pages.Row, due_at: datetime) -> Entry:
    days_off = holidays.of(holidays.calendar_of(row.transfer.sender.nation))
    day = calendars.last_working_day(due_at, days_off)
    what, mark = str(TO_SAY[row.transfer.status]), (due_at, row.transfer.pk)
    return Entry(row.child, what, due_at, day, row.href, mark=mark, is_awaited=True)
