"""The verbs of a meeting that is booked: book it, call it off, and let the record of it end the booking."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from cases import log
from cases.deadlines import london_day
from cases.models import Child, GuardianInvitation, Meeting, MeetingBooking, User
from cases.moves import require_open, require_same
from cases.states import IllegalMove

# [proposal] Two people who book one meeting may name times as near as this; two of one kind are hardly held so.
NEAR = timedelta(minutes=30)


class OneStands(IllegalMove):
    """These `rows` of the kind stand at about that time: is it one of them?"""

    def __init__(self, rows: Sequence[MeetingBooking]) -> None:
        super().__init__()
        self.rows = rows


class NotAhead(IllegalMove):
    """The meeting would be booked for a time that is over."""


@dataclass(frozen=True, kw_only=True)
class Booked:
    """What is to be held, when, where, and who is invited; `why_not` where the child’s guardian is not."""

    kind: str
    planned_at: datetime
    invited: str
    guardian_invited: bool = True
    why_not: str = ""
    place: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class Handover:
    """A meeting about a handover or a move: when and where it was held, or is booked for."""

    at: datetime
    place: str
    is_held: bool


def book(child: Child, booked: Booked, *, beside: int = 0, by: User, at: datetime) -> MeetingBooking:
    """Keep that a meeting is booked; the same form again returns it.

    Raises `IllegalMove` for a time that is over, without who is invited, without why the guardian is not, and where two
    people book one and the same: its record would end one of the two, and of the other all would hear that it is not held.
    `OneStands` where one of the kind is booked within `NEAR` of it; `beside` is the key of the last such that the writer
    has read and says is another. `SentBefore` for the same key with other words.
    """
    if not booked.invited.strip():
        raise IllegalMove("Enter who is invited.")
    if not booked.guardian_invited and not booked.why_not.strip():
        raise IllegalMove("Enter why the guardian was not invited.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = MeetingBooking.objects.filter(key=booked.key).first()
        if standing is not None:
            if standing.child_id != child.pk or standing.recorded_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            require_same(standing, vars(booked), sent=(standing.recorded_at, at))
            return standing
        require_open(child.closed_at)
        require_ahead(booked.planned_at, at)
        _require_another(child, booked, beside)
        row = MeetingBooking.objects.create(child=child, recorded_at=at, recorded_by=by, **vars(booked))
        data = {"kind": row.kind, "planned_at": row.planned_at.isoformat()}
        fields = {"invited": row.invited, "place": row.place, "why_not": row.why_not}
        log.record(child, "meeting_booked", subject=row, data=data, fields=fields, by=by, at=at)
    return row


def require_ahead(planned_at: datetime, at: datetime) -> None:
    """Raise `NotAhead` for a time that is no time to come."""
    if planned_at <= at:
        raise NotAhead("The time must be in the future. Record a meeting that was held as such.")


def _require_another(child: Child, booked: Booked, beside: int) -> None:
    about = (booked.planned_at - NEAR, booked.planned_at + NEAR)
    rows = MeetingBooking.objects.open().filter(child=child, kind=booked.kind, planned_at__range=about)
    standing = list(rows.order_by("planned_at"))
    if any(row.planned_at == booked.planned_at for row in standing):
        raise IllegalMove("This meeting is booked for that time already. Nothing more is needed.")
    if any(row.pk > beside for row in standing):
        raise OneStands(standing)


def say_guardian(
    booking: MeetingBooking, *, invited: bool, why: str, by: User, at: datetime
) -> GuardianInvitation | None:
    """Keep that the guardian is now invited to a meeting that stands, or no longer, and why; None where that was said before.

    They hear of either. Raises `IllegalMove` without why and of a meeting that was held or called off, `NotAhead` once its
    time has come: nobody is invited to it any more.
    """
    if not why.strip():
        raise IllegalMove("Enter why that has changed.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=booking.child_id)
        require_open(child.closed_at)
        row = MeetingBooking.objects.open().with_guardian().filter(pk=booking.pk).first()
        if row is None:
            raise IllegalMove("Somebody has recorded already that it was held, or called off.")
        if row.planned_at <= at:
            raise NotAhead("The time of the meeting has come: who was there is said when it is recorded.")
        if row.invites is invited:
            return None
        said = {"invited": invited, "why": why.strip()}
        number = row.answers + 1
        answer = GuardianInvitation.objects.create(
            child=child, booking=row, number=number, **said, recorded_at=at, recorded_by=by
        )
        data, fields = {"kind": row.kind, "invited": invited}, {"why": answer.why}
        log.record(child, "guardian_invitation", subject=answer, data=data, fields=fields, by=by, at=at)
    return answer


def call_off(booking: MeetingBooking, *, ending: str, why: str, by: User, at: datetime) -> MeetingBooking:
    """Record that it will not be held, or was booked by mistake; raises `IllegalMove` without why and the second time."""
    if not why.strip():
        raise IllegalMove("Enter why it is not held.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=booking.child_id)
        require_open(child.closed_at)
        row = MeetingBooking.objects.open().filter(pk=booking.pk).first()
        if row is None:
            raise IllegalMove("Somebody has recorded already that it was held, or called off.")
        row.ended_at, row.ended_by = at, by
        row.ending, row.ended_why = MeetingBooking.Ending(ending), why.strip()
        row.save(update_fields=["ended_at", "ended_by", "ending", "ended_why"])
        data, fields = {"kind": row.kind, "ending": row.ending}, {"why": row.ended_why}
        log.record(child, "meeting_called_off", subject=row, data=data, fields=fields, by=by, at=at)
    return row


def end_with(meeting: Meeting) -> MeetingBooking | None:
    """The booking of this kind and day ends with the record of the meeting; None where none was open.

    The child is locked, and the event of the meeting tells of it.
    """
    rows = MeetingBooking.objects.open().filter(child=meeting.child_id, kind=meeting.kind)
    day = london_day(meeting.held_at)
    row = next((one for one in rows if london_day(one.planned_at) == day), None)
    if row is not None:
        row.held = meeting
        row.save(update_fields=["held"])
    return row


def handover_since(child: Child, since: datetime, *, booked_since: datetime | None = None) -> Handover | None:
    """The meeting about a handover or a move, after `since`: the first that is booked and not yet recorded, or the last held.

    A meeting counts also where nobody had booked it, and one that was struck through does not. With `booked_since`
    those that were booked before then are left out: they were planned with somebody else.
    """
    rows = MeetingBooking.objects.open().filter(
        child=child, kind=Meeting.Kind.HANDOVER, planned_at__gte=since
    )
    if booked_since is not None:
        rows = rows.filter(recorded_at__gte=booked_since)
    awaited = rows.first()
    if awaited is not None:
        return Handover(awaited.planned_at, awaited.place, is_held=False)
    meetings = Meeting.objects.standing().filter(child=child, kind=Meeting.Kind.HANDOVER, held_at__gte=since)
    held = meetings.select_related("booking").first()
    if held is None:
        return None
    place = held.booking.place if hasattr(held, "booking") else ""
    return Handover(held.held_at, place, is_held=True)


def open_of(child: Child) -> list[MeetingBooking]:
    """Those that are still to be held, or to be recorded, the first first."""
    rows = MeetingBooking.objects.open().with_guardian().filter(child=child).select_related("recorded_by")
    return list(rows.prefetch_related("guardian_answers__recorded_by"))
