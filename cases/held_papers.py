"""The verb of what was held for a child on a day: a review, an assessment, a plan."""

import uuid
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from cases import log
from cases.deadlines import london_day, midday
from cases.models import Child, HeldPaper, User
from cases.moves import require_open, require_same
from cases.states import IllegalMove


def record(
    child: Child,
    kind: str,
    *,
    held_date: date,
    led_by: str,
    note: str = "",
    handed_to: str = "",
    key: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> HeldPaper:
    """Keep that it was held; the same key again returns it, and with other words is `SentBefore`.

    Raises `IllegalMove` for a day to come, without who led it, and where two people write down one and the same: a
    first review that counted as two would put the next one off by months.
    """
    if held_date > london_day(at):
        raise IllegalMove("The day must be today or in the past.")
    if not led_by.strip():
        raise IllegalMove("Enter who led it.")
    key = key or uuid.uuid4()
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = HeldPaper.objects.filter(key=key).first()
        if standing is not None:
            if standing.child_id != child.pk or standing.recorded_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            said = {"kind": kind, "day": held_date, "led_by": led_by.strip(), "note": note.strip()}
            said["handed_to"] = handed_to.strip()
            require_same(standing, said)
            if hasattr(standing, "mistake"):
                raise IllegalMove("This was struck through as recorded by mistake. Open the page again.")
            return standing
        require_open(child.closed_at)
        kind = HeldPaper.Kind(kind)
        if any(london_day(one.held_at) == held_date for one in _near(child, kind, held_date)):
            raise IllegalMove("This is recorded for that day already. Nothing more is needed.")
        row = HeldPaper.objects.create(
            key=key,
            child=child,
            kind=kind,
            held_at=midday(held_date, at=at),
            led_by=led_by.strip(),
            note=note.strip(),
            handed_to=handed_to.strip(),
            recorded_at=at,
            recorded_by=by,
        )
        log.record(
            child,
            "paper_held",
            subject=row,
            data={"kind": row.kind},
            happened_at=row.held_at,
            fields={"led_by": row.led_by, "note": row.note, "handed_to": row.handed_to},
            by=by,
            at=at,
        )
    return row


def _near(child: Child, kind: HeldPaper.Kind, day: date) -> QuerySet[HeldPaper]:
    """Those of this kind that were held within a day of this one."""
    around = (midday(day) - timedelta(days=1), midday(day) + timedelta(days=1))
    return HeldPaper.objects.standing().filter(child=child, kind=kind, held_at__range=around)
