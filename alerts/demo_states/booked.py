"""A child to look at about whom meetings were booked, one of each end."""

from datetime import timedelta

from alerts.demo_states.lot import Lot, Shown, arrive, seen
from cases import bookings, meetings
from cases.models import Child, Meeting, MeetingBooking
from cases.states import BookingStage

MACHINE = "Booked meeting"


def _live(lot: Lot, shown: Shown) -> Child:
    child = arrive(lot, shown)
    _book(lot, child, Meeting.Kind.MULTI_AGENCY, days=20)
    held = meetings.Held(
        kind=Meeting.Kind.MULTI_AGENCY,
        held_at=lot.ago(13),
        led_by="Marian Quill",
        attendees="Hollis Verran, social worker\nThe head of year of the college",
        guardian=Meeting.Guardian.NONE,
        decisions="The college rings the house before ten when he is not in class.",
    )
    meetings.record(child, held, by=lot.worker, at=lot.ago(13))
    off = _book(lot, child, Meeting.Kind.STRATEGY, days=12)
    why = "The officer was called away; they agreed on the phone that nothing has changed."
    bookings.call_off(off, ending=BookingStage.CALLED_OFF, why=why, by=lot.worker, at=lot.ago(6))
    wrong = _book(lot, child, Meeting.Kind.OTHER, days=5)
    why = "Meant for his room-mate."
    bookings.call_off(wrong, ending=BookingStage.MISTAKE, why=why, by=lot.worker, at=lot.ago(4.9))
    _book(lot, child, Meeting.Kind.HANDOVER, days=-14)
    return seen(lot, child)


def _book(lot: Lot, child: Child, kind: str, *, days: float) -> MeetingBooking:
    """Booked so many days ago for a week later; a meeting to come is booked now."""
    at = lot.ago(max(days, 0))
    planned_at = lot.ago(days) + timedelta(days=7)
    booked = bookings.Booked(
        kind=kind, planned_at=planned_at, invited="The college, the house, the police", place="The town hall"
    )
    return bookings.book(child, booked, by=lot.worker, at=at)


CHILDREN = (
    Shown(
        "Mulugeta",
        "Assefa",
        ("Amharic",),
        MACHINE,
        BookingStage.BOOKED,
        _live,
        beside=(BookingStage.HELD, BookingStage.CALLED_OFF, BookingStage.MISTAKE),
    ),
)
