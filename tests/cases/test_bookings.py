"""A booked meeting stands in the calendar, and is asked about from its time until it was held or called off."""

import html
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from alerts import calendars, duties, sweep
from alerts.models import Clock
from cases import bookings, clock, meetings, mistakes
from cases.bookings import Booked
from cases.deadlines import add_working_days
from cases.forms import typed
from cases.models import Event, GuardianInvitation, Meeting, MeetingBooking
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_time
from tests.alerts import papers
from tests.factories import AT, Watched, a_watched_child, case_closed, ended, missing, seen

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
THEN = AT + 2 * DAY


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child()


def booked(one: Watched, **more: Any) -> MeetingBooking:
    said = {"kind": "strategy", "planned_at": THEN, "invited": "The police, the home", **more}
    return bookings.book(one.child, Booked(**said), by=one.worker, at=AT + HOUR)


@pytest.fixture
def row(watched: Watched) -> MeetingBooking:
    return booked(watched)


def held(one: Watched, at: datetime, **more: Any) -> Meeting:
    said = {
        "kind": "strategy",
        "held_at": at,
        "led_by": "Bo Quill",
        "attendees": "Bo Quill",
        "guardian": "none",
        "decisions": "To ring the college",
        **more,
    }
    return meetings.record(one.child, meetings.Held(**said), by=one.worker, at=at + HOUR)


def due(one: Watched, row: MeetingBooking) -> datetime | None:
    found = Clock.objects.filter(child=one.child, duty=f"meeting:{row.pk}").first()
    return found.due_at if found is not None else None


def swept(one: Watched, at: datetime) -> None:
    seen(one.child, by=one.carer, at=at)
    sweep.sweep_all(now=at)


@pytest.mark.by_turns
def test_it_stands_in_the_calendar_and_climbs_once_nobody_has_recorded_it(
    watched: Watched, row: MeetingBooking
) -> None:
    name = f"meeting:{row.pk}"
    assert due(watched, row) == THEN
    found = calendars.entries(list(calendars.rows_of([watched.child.pk])))
    assert [one.due_at for one in found if "meeting" in one.what.lower()] == [THEN]
    (entry,) = (one for one in found if "meeting" in one.what.lower())
    assert not entry.is_late(THEN + HOUR), "nor is it overdue while it is held"
    assert entry.is_late(THEN + duties.WRITTEN_WITHIN)
    swept(watched, THEN + HOUR)
    assert papers.steps(watched.child, name) == [], "nobody writes during a meeting"
    late = add_working_days(THEN, 1, nation="england-and-wales", holidays=())
    swept(watched, late + HOUR)
    assert papers.steps(watched.child, name) == ["R1"]
    held(watched, THEN)
    swept(watched, late + 2 * HOUR)
    assert due(watched, row) is None
    assert not papers.is_open(watched.child, name)


@pytest.mark.by_turns
def test_one_meeting_is_booked_once_whoever_books_it_and_another_kind_or_time_beside_it(
    watched: Watched, row: MeetingBooking
) -> None:
    said = Booked(kind="strategy", planned_at=THEN, invited="The police")
    with pytest.raises(IllegalMove, match="booked for that time already"):
        bookings.book(watched.child, said, by=watched.manager, at=AT + HOUR)
    booked(watched, kind="multi_agency")
    booked(watched, planned_at=THEN + HOUR)
    bookings.call_off(row, ending="called_off", why="No room", by=watched.worker, at=AT + HOUR)
    again = bookings.book(watched.child, said, by=watched.manager, at=AT + 2 * HOUR)
    assert bookings.book(watched.child, said, by=watched.manager, at=AT + 2 * HOUR) == again


@pytest.mark.by_turns
def test_only_the_record_of_that_kind_and_day_ends_it_and_one_struck_through_ends_nothing(
    watched: Watched, row: MeetingBooking
) -> None:
    held(watched, THEN, kind="other")
    held(watched, THEN - DAY)
    assert due(watched, row) == THEN
    meeting = held(watched, THEN + HOUR)
    assert due(watched, row) is None
    mistakes.withdraw(meeting, reason="Of another child", by=watched.worker, at=THEN + 3 * HOUR)
    assert due(watched, row) == THEN
    held(watched, THEN + 2 * HOUR)
    assert due(watched, row) is None


@pytest.mark.by_turns(8)
def test_what_is_called_off_or_was_booked_by_mistake_is_asked_about_by_nobody(watched: Watched) -> None:
    for ending in MeetingBooking.Ending.values:
        row = booked(watched)
        with pytest.raises(IllegalMove, match="Enter why"):
            bookings.call_off(row, ending=ending, why=" ", by=watched.worker, at=AT + 2 * HOUR)
        bookings.call_off(row, ending=ending, why="No police", by=watched.worker, at=AT + 2 * HOUR)
        assert due(watched, row) is None
        with pytest.raises(IllegalMove, match="already"):
            bookings.call_off(row, ending=ending, why="Again", by=watched.worker, at=AT + 3 * HOUR)


@pytest.mark.by_turns
def test_it_is_owed_in_a_search_too_and_not_in_a_closed_case(watched: Watched, row: MeetingBooking) -> None:
    episode = missing(watched.child, at=AT + 3 * HOUR)
    assert due(watched, row) == THEN
    ended(episode, at=THEN + DAY)
    assert due(watched, row) == THEN, "a return puts it not off"
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=THEN + 2 * DAY)
    assert due(watched, row) is None


@pytest.mark.by_turns(8)
def test_a_time_that_is_over_and_nobody_are_refused_and_the_same_form_is_one(watched: Watched) -> None:
    with pytest.raises(IllegalMove, match="in the future"):
        booked(watched, planned_at=AT)
    with pytest.raises(IllegalMove, match="who is invited"):
        booked(watched, invited=" ")
    row = booked(watched)
    assert booked(watched, key=row.key) == row
    with pytest.raises(IllegalMove, match="with other words"):
        booked(watched, key=row.key, invited="Else")


def test_one_that_stands_a_few_minutes_from_it_is_told_of_and_another_is_booked_beside_it_where_somebody_says_so(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Booked by two people for ten and for five past, it stood twice, and of one all heard that it was not held."""
    monkeypatch.setattr(clock, "now", lambda: AT + 2 * HOUR)
    first = booked(watched)
    client.force_login(watched.manager)
    address = reverse("meeting_book", args=[watched.child.reference])
    page = client.get(address).content.decode()
    assert "It is another meeting" not in page
    near = typed.london(THEN + MINUTE * 5)
    form = {
        "kind": "strategy",
        "planned_date_day": near.day,
        "planned_date_month": near.month,
        "planned_date_year": near.year,
        "planned_time": f"{near:%H:%M}",
        "invited": "The police & the college",
        "guardian_invited": "yes",
        "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d14",
    }
    told = client.post(address, form)
    words = html.unescape(told.content.decode())
    assert told.status_code == 422
    assert f"is booked for {gov_time(THEN)}" in words
    assert "The police & the college" in words
    assert "It is another meeting than that" in words
    assert MeetingBooking.objects.count() == 1
    # What is not ticked is not said, and what was ticked of one is not said of another.
    form |= {"stood": str(first.pk)}
    assert client.post(address, form).status_code == 422
    second = bookings.book(
        watched.child,
        Booked(kind="strategy", planned_at=THEN + MINUTE * 10, invited="The police"),
        beside=first.pk,
        by=watched.worker,
        at=AT + HOUR,
    )
    told = client.post(address, {**form, "is_another": "on"})
    assert told.status_code == 422
    assert gov_time(second.planned_at) in html.unescape(told.content.decode())
    form |= {"stood": str(second.pk), "is_another": "on"}
    for _press in range(2):
        assert client.post(address, form).status_code == 302
    assert MeetingBooking.objects.count() == 3
    # Of another kind, or once the other is called off, nobody is asked.
    bookings.book(
        watched.child,
        Booked(kind="multi_agency", planned_at=THEN, invited="All"),
        by=watched.worker,
        at=AT + HOUR,
    )


@pytest.mark.by_turns(8)
def test_the_pages_book_and_call_off_and_nobody_else_has_them(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + HOUR)
    reference = watched.child.reference
    address = reverse("meeting_book", args=[reference])
    client.force_login(watched.worker)
    form = {
        "kind": "strategy",
        "planned_date_day": THEN.day,
        "planned_date_month": THEN.month,
        "planned_date_year": THEN.year,
        "planned_time": "half",
        "invited": "The police",
        "guardian_invited": "no",
        "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d13",
    }
    refused = client.post(address, form)
    assert refused.status_code == 422
    words = refused.content.decode()
    for said in ("Enter a real time", "Enter why the guardian is not invited", "is told by mail when it is"):
        assert said in words
    night = client.post(address, form | {"planned_time": "2:30"})
    assert "Add am or pm to 2:30" in night.content.decode(), "nobody meets at half past two at night"
    form |= {"planned_time": "2:30pm", "why_not": "A concern over the guardian"}
    assert client.post(address, form).status_code == 302
    row = MeetingBooking.objects.get()
    assert (row.guardian_invited, row.why_not) == (False, "A concern over the guardian")
    assert typed.london(row.planned_at).time() == time(14, 30)
    off = reverse("meeting_call_off", args=[reference, row.key])
    assert off in client.get(reverse("meeting_list", args=[reference])).content.decode()
    assert client.post(off, {"ending": "called_off", "why": ""}).status_code == 422
    assert client.post(off, {"ending": "called_off", "why": "No police"}).status_code == 302
    kinds = set(Event.objects.filter(child=watched.child).values_list("kind", flat=True))
    assert {"meeting_booked", "meeting_called_off"} <= kinds
    story = client.get(reverse("child_timeline", args=[reference])).content.decode()
    assert "No police" in story
    other = a_watched_child()
    for stranger in (watched.carer, watched.guardian, watched.officer, other.worker):
        client.force_login(stranger)
        for page in (address, off):
            assert client.get(page).status_code == 404
    client.force_login(other.worker)
    assert client.get(reverse("meeting_call_off", args=[other.child.reference, row.key])).status_code == 404


@pytest.mark.by_turns(8)
def test_whether_the_guardian_is_invited_is_said_anew_with_why_and_each_answer_stands(
    watched: Watched, row: MeetingBooking
) -> None:
    by = {"by": watched.worker, "at": AT + 2 * HOUR}
    with pytest.raises(IllegalMove, match="why that has changed"):
        bookings.say_guardian(row, invited=False, why=" ", **by)
    assert bookings.say_guardian(row, invited=True, why="The same", **by) is None
    for number, invited in enumerate((False, True), 1):
        said = bookings.say_guardian(row, invited=invited, why=f"Why {number}", **by)
        assert said is not None
        assert (said.number, said.invited) == (number, invited)
    assert bookings.say_guardian(row, invited=True, why="Again", **by) is None
    (standing,) = bookings.open_of(watched.child)
    assert (standing.invites, standing.answers, standing.guardian_invited) == (True, 2, True)
    with pytest.raises(DatabaseError), transaction.atomic():
        GuardianInvitation.objects.filter(booking=row).update(why="Else")
    assert Event.objects.filter(child=watched.child, kind="guardian_invitation").count() == 2


def test_once_its_time_has_come_or_it_is_called_off_nobody_is_invited_any_more(
    watched: Watched, row: MeetingBooking
) -> None:
    with pytest.raises(bookings.NotAhead):
        bookings.say_guardian(row, invited=False, why="x", by=watched.worker, at=THEN)
    bookings.call_off(row, ending="called_off", why="Snow", by=watched.worker, at=AT + 2 * HOUR)
    with pytest.raises(IllegalMove, match="called off"):
        bookings.say_guardian(row, invited=False, why="x", by=watched.worker, at=AT + 3 * HOUR)


def test_the_page_takes_the_new_answer_and_shows_each_and_nobody_else_has_it(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = booked(watched, guardian_invited=False, why_not="A worry over the guardian")
    monkeypatch.setattr(clock, "now", lambda: AT + 2 * HOUR)
    client.force_login(watched.worker)
    reference = watched.child.reference
    address = reverse("meeting_guardian", args=[reference, row.key])
    rows = reverse("meeting_list", args=[reference])
    assert address in client.get(rows).content.decode()
    assert "The guardian is not invited." in client.get(address).content.decode()
    assert client.post(address, {"guardian_invited": "yes", "why": ""}).status_code == 422
    assert client.post(address, {"guardian_invited": "yes", "why": "It was settled"}).status_code == 302
    listed = client.get(rows).content.decode()
    assert "When it was booked the guardian was not invited" in listed
    assert "It was settled" in listed
    assert "It was settled" in client.get(reverse("child_timeline", args=[reference])).content.decode()
    again = client.post(address, {"guardian_invited": "yes", "why": "It was settled"}, follow=True)
    assert "on record already" in again.content.decode()
    other = a_watched_child()
    for stranger in (watched.carer, watched.guardian, watched.officer, other.worker):
        client.force_login(stranger)
        assert client.get(address).status_code == 404
    client.force_login(other.worker)
    elsewhere = reverse("meeting_guardian", args=[other.child.reference, row.key])
    assert client.get(elsewhere).status_code == 404
    monkeypatch.setattr(clock, "now", lambda: THEN + HOUR)
    client.force_login(watched.worker)
    assert address not in client.get(rows).content.decode(), "its time has come"
