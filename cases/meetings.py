"""The verb of a meeting about a child: record who was there and what was decided."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from cases import bookings, log
from cases.clock import TOLERANCE
from cases.models import Child, Meeting, User
from cases.moves import require_open, require_same
from cases.states import IllegalMove


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is written down of a meeting; `why_not` where the guardian was not invited."""

    kind: str
    held_at: datetime
    led_by: str
    attendees: str
    guardian: str
    why_not: str = ""
    decisions: str
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def record(child: Child, held: Held, *, by: User, at: datetime) -> Meeting:
    """Keep that it was held, and so that what was booked for that day was; the same form again returns it.

    Raises `IllegalMove` for a time to come, without who was there and what was decided, and where nobody says why the
    guardian was not invited; `SentBefore` where the form came before with other words.
    """
    _require(held, at)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = Meeting.objects.filter(key=held.key).first()
        if standing is not None:
            if standing.child_id != child.pk or standing.recorded_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            said = {name: value for name, value in vars(held).items() if name != "held_at"}
            require_same(standing, said)
            if hasattr(standing, "mistake"):
                raise IllegalMove("This was struck through as recorded by mistake. Open the page again.")
            return standing
        require_open(child.closed_at)
        said = {**vars(held), "held_at": min(held.held_at, at)}
        row = Meeting.objects.create(child=child, recorded_at=at, recorded_by=by, **said)
        bookings.end_with(row)
        log.record(
            child,
            "meeting_held",
            subject=row,
            data={"kind": row.kind, "guardian": row.guardian},
            happened_at=row.held_at,
            fields={name: getattr(row, name) for name in ("led_by", "attendees", "why_not", "decisions")},
            by=by,
            at=at,
        )
    return row


def _require(held: Held, at: datetime) -> None:
    if held.held_at > at + TOLERANCE:
        raise IllegalMove("The time of the meeting must be now or in the past.")
    if not all((held.led_by.strip(), held.attendees.strip(), held.decisions.strip())):
        raise IllegalMove("Enter who led it, who was there, and what was decided.")
    if held.guardian == Meeting.Guardian.NOT_INVITED and not held.why_not.strip():
        raise IllegalMove("Enter why the guardian was not invited.")
