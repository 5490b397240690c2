"""The verb that strikes through what was recorded by mistake: from then on it counts as if it had never been."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases import log
from cases.models import (
    Child,
    FindMeReview,
    HeldPaper,
    HostNotice,
    Meeting,
    Mistake,
    Placement,
    User,
    VisitRequest,
)
from cases.moves import require_open
from cases.permissions import Permission
from cases.states import IllegalMove

Row = HeldPaper | HostNotice | FindMeReview | Meeting | VisitRequest

# By what stands in the address: the record, and the permission by which it is recorded.
KINDS: Mapping[str, tuple[type[Row], Permission]] = {
    "held": (HeldPaper, Permission.CHANGE_CHILD),
    "notice": (HostNotice, Permission.PLACE_CHILD),
    "review": (FindMeReview, Permission.CHANGE_CHILD),
    "meeting": (Meeting, Permission.CHANGE_CHILD),
    "request": (VisitRequest, Permission.CHANGE_CHILD),
}


def of(child: Child, kind: str, number: int) -> Row | None:
    """The row of this child by its number; None where it has none such."""
    found: Row | None = KINDS[kind][0]._default_manager.filter(child=child, pk=number).first()
    return found


def about(row: Row) -> tuple[str, datetime]:
    """What this row says, and of when."""
    match row:
        case HeldPaper() | Meeting():
            return str(row.get_kind_display()), row.held_at
        case VisitRequest():
            return str(row.get_kind_display()), row.asked_at
        case HostNotice():
            return _("The authority of the area was told of the placement"), row.told_at
        case _:
            return _("Find-me profile reviewed"), row.at


def withdraw(row: Row, *, reason: str, by: User, at: datetime) -> Mistake:
    """Strike through `row`; what it ended is owed again from when it was.

    The same words of the same person twice are one. Raises `IllegalMove` without a reason, the second time, and of a closed
    case.
    """
    if not reason.strip():
        raise IllegalMove("Enter why it was recorded by mistake.")
    kind = next(kind for kind, (model, _permission) in KINDS.items() if isinstance(row, model))
    with transaction.atomic():
        child = Child.objects.locked().get(pk=row.child_id)
        before = Mistake.objects.filter(**{kind: row.pk}).first()
        if before is not None and (before.recorded_by_id, before.reason) == (by.pk, reason.strip()):
            return before
        require_open(child.closed_at)
        if before is not None:
            raise IllegalMove("This is withdrawn already.")
        mistake = Mistake.objects.create(
            child=child, **{f"{kind}_id": row.pk}, reason=reason.strip(), recorded_at=at, recorded_by=by
        )
        if isinstance(row, HostNotice):
            _untell(row)
        fields = {"reason": mistake.reason}
        log.record(
            child, "recorded_by_mistake", subject=mistake, data={"what": kind}, fields=fields, by=by, at=at
        )
    return mistake


def _untell(notice: HostNotice) -> None:
    """The authority of the area is told still; one before whom the area was corrected was another's."""
    placement = Placement.objects.get(pk=notice.placement_id)
    later = HostNotice.objects.standing().filter(placement=placement, pk__gt=notice.pk)
    if placement.host_notified and not later.exists():
        placement.host_notified = False
        placement.save(update_fields=["host_notified"])
