"""A guardian is told of each meeting about their child that is booked, and of one that is called off or moved."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import meeting_mails
from alerts.models import Message
from alerts.states import MessageStatus
from cases import bookings, concerns, meetings, mistakes, restrictions
from cases.models import MeetingBooking
from cases.states import IllegalMove
from guardians import assignments
from guardians.models import GuardianCover
from tests.alerts.outgoing import Out, catch, send_all
from tests.factories import AT, Watched, a_person, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW, HELD_AT = AT + HOUR, AT + 2 * DAY


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel")


def booked(
    one: Watched, *, planned_at: datetime = HELD_AT, at: datetime = NOW, **more: Any
) -> MeetingBooking:
    said = {"kind": "strategy", "place": "Zephyr House", "invited": "DS Vale", **more}
    return bookings.book(one.child, bookings.Booked(**said, planned_at=planned_at), by=one.worker, at=at)


def told(at: datetime) -> None:
    meeting_mails.tell(now=at)
    send_all(at)


def test_a_guardian_is_told_once_when_it_is_and_the_mail_says_neither_where_nor_of_whom(
    watched: Watched, out: Out
) -> None:
    booked(watched)
    for minutes in (5, 10):
        told(NOW + timedelta(minutes=minutes))
    assert out.to[watched.guardian.email] == 1
    words = out.mails[-1].get_body(("plain",)).get_content()
    assert "4 March 2026 at 9am" in words
    assert watched.child.reference in words
    for secret in ("Tarekiel", "Zephyr", "Vale", "trategy"):
        assert secret not in words


@pytest.mark.by_turns
def test_one_that_is_moved_is_told_as_not_held_and_as_booked_anew_and_one_nobody_heard_of_is_not(
    watched: Watched, out: Out
) -> None:
    row = booked(watched)
    unheard = booked(watched, planned_at=HELD_AT + HOUR)
    off = {"ending": "called_off", "why": "DS Vale is away", "by": watched.worker}
    bookings.call_off(unheard, **off, at=NOW + timedelta(minutes=1))
    told(NOW + HOUR)
    bookings.call_off(row, **off, at=NOW + 2 * HOUR)
    booked(watched, planned_at=HELD_AT + DAY, at=NOW + 2 * HOUR)
    for hours in (3, 4):
        told(NOW + hours * HOUR)
    sent = Message.objects.filter(user=watched.guardian, status=MessageStatus.SENT)
    assert sorted(sent.values_list("wording", flat=True)) == [
        "meeting_booked",
        "meeting_booked",
        "meeting_off",
    ]
    assert "Vale" not in out.mails[-1].as_string()


@pytest.mark.by_turns
def test_whoever_comes_to_the_child_later_hears_of_it_and_whoever_has_gone_hears_nothing_more(
    watched: Watched, out: Out
) -> None:
    row = booked(watched)
    told(NOW + HOUR)
    new = a_person("guardian", service=watched.assignment.service)
    given = {"service": watched.assignment.service, "reason": "Moves", "by": watched.worker}
    assignments.hand_over(watched.assignment, new, **given, at=NOW + 2 * HOUR)
    told(NOW + 3 * HOUR)
    off = {"ending": "called_off", "why": "Snow", "by": watched.worker, "at": NOW + 4 * HOUR}
    bookings.call_off(row, **off)
    told(NOW + 5 * HOUR)
    assert (out.to[watched.guardian.email], out.to[new.email]) == (1, 2)


@pytest.mark.by_turns
def test_whoever_is_kept_from_the_child_or_shut_out_by_a_restriction_is_told_of_none(
    watched: Watched, out: Out
) -> None:
    booked(watched)
    meeting_mails.tell(now=NOW)
    # Between the owing and the sending, too.
    reason = {"reason": "An allegation", "by": watched.manager, "at": NOW}
    concerns.keep_from(watched.child, watched.guardian, **reason)
    told(NOW + HOUR)
    other = a_watched_child(at=AT)
    restrictions.restrict(other.child, reason="A threat", named=[], by=other.head, at=NOW)
    booked(other)
    told(NOW + HOUR)
    assert out.to[watched.guardian.email] == out.to[other.guardian.email] == 0


@pytest.mark.by_turns
def test_nobody_is_told_once_its_time_has_come_or_the_child_has_died(watched: Watched, out: Out) -> None:
    booked(watched)
    other = a_watched_child()
    ended(missing(other.child, by=other.worker, at=NOW), outcome="died", at=NOW + timedelta(minutes=1))
    booked(other, at=NOW + timedelta(minutes=2))
    assert meeting_mails.tell(now=NOW + HOUR) == 1
    assert set(Message.objects.filter(wording="meeting_booked").values_list("user", flat=True)) == {
        watched.guardian.pk
    }
    assert meeting_mails.tell(now=HELD_AT + HOUR) == 0
    send_all(HELD_AT + HOUR)
    assert out.to[watched.guardian.email] == 0


@pytest.mark.by_turns(8)
def test_a_guardian_who_is_not_invited_is_told_nothing_and_neither_is_one_of_a_booking_that_never_asked(
    watched: Watched, out: Out
) -> None:
    with pytest.raises(IllegalMove, match="Enter why the guardian"):
        booked(watched, guardian_invited=False, why_not=" ")
    row = booked(watched, guardian_invited=False, why_not="It is about a concern over the guardian")
    before = {"kind": "strategy", "planned_at": HELD_AT + HOUR, "invited": "DS Vale"}
    MeetingBooking.objects.create(child=watched.child, **before, recorded_at=NOW, recorded_by=watched.worker)
    told(NOW + HOUR)
    off = {"ending": "called_off", "why": "Snow", "by": watched.worker, "at": NOW + 2 * HOUR}
    bookings.call_off(row, **off)
    told(NOW + 3 * HOUR)
    assert not Message.objects.filter(user=watched.guardian, wording__in=meeting_mails.WORDINGS).exists()


@pytest.mark.by_turns
def test_one_called_off_at_the_last_minute_is_told_after_its_time_and_not_hours_later(
    watched: Watched, out: Out
) -> None:
    row, later = booked(watched), booked(watched, planned_at=HELD_AT + 5 * HOUR)
    told(NOW + HOUR)
    off = {"ending": "called_off", "why": "Snow", "by": watched.worker}
    bookings.call_off(row, **off, at=HELD_AT - timedelta(minutes=1))
    told(HELD_AT + timedelta(minutes=2))
    assert out.to[watched.guardian.email] == 3
    bookings.call_off(later, **off, at=HELD_AT + 4 * HOUR)
    told(HELD_AT + 9 * HOUR)
    assert out.to[watched.guardian.email] == 3


@pytest.mark.by_turns
def test_one_whose_record_was_struck_through_stands_as_booked_and_is_told_as_called_off(
    watched: Watched, out: Out
) -> None:
    row = booked(watched)
    told(NOW + HOUR)
    said = {"kind": "strategy", "led_by": "Bo", "attendees": "Bo", "guardian": "none", "decisions": "None"}
    record = meetings.Held(**said, held_at=HELD_AT - 2 * HOUR)
    given = {"by": watched.worker, "at": HELD_AT - HOUR}
    held = meetings.record(watched.child, record, **given)
    mistakes.withdraw(held, reason="Of another child", **given)
    bookings.call_off(row, ending="called_off", why="Snow", **given)
    told(HELD_AT - timedelta(minutes=30))
    assert out.to[watched.guardian.email] == 2


@pytest.mark.by_turns(8)
def test_a_second_guardian_who_also_covers_for_the_first_is_told_once(watched: Watched, out: Out) -> None:
    lead = watched.assignment
    second = a_person("guardian", service=lead.service)
    given = {"by": watched.worker, "at": AT}
    assignments.assign(watched.child, second, service=lead.service, lead=False, beside=lead, **given)
    cover = GuardianCover(child=watched.child, assignment=lead, starts_at=AT, ends_at=AT + 9 * DAY)
    cover.covered_by, cover.asked_by, cover.asked_at = second, watched.guardian, AT
    cover.accepted, cover.answered_at = True, AT
    cover.save()
    booked(watched)
    told(NOW + HOUR)
    assert out.to[second.email] == 1


@pytest.mark.by_turns
def test_meetings_that_were_told_of_are_looked_at_together_however_many_are_ahead(
    watched: Watched, out: Out, django_assert_max_num_queries: Any
) -> None:
    booked(watched)
    told(NOW + HOUR)
    with django_assert_max_num_queries(20) as one:
        meeting_mails.tell(now=NOW + 2 * HOUR)
    for days in range(1, 5):
        booked(watched, planned_at=HELD_AT + days * DAY)
    told(NOW + 3 * HOUR)
    assert out.to[watched.guardian.email] == 5
    with django_assert_max_num_queries(len(one)):
        assert meeting_mails.tell(now=NOW + 4 * HOUR) == 5


def answered(row: MeetingBooking, *, invited: bool, by: Watched, at: datetime) -> None:
    bookings.say_guardian(row, invited=invited, why="A worry about Zephyr", by=by.worker, at=at)


def heard(watched: Watched) -> list[str]:
    sent = Message.objects.filter(user=watched.guardian, wording__in=meeting_mails.WORDINGS)
    return [message.wording for message in sent.filter(status=MessageStatus.SENT).order_by("sent_at")]


@pytest.mark.by_turns
def test_a_guardian_who_is_no_longer_invited_hears_it_and_not_why_and_again_when_they_are(
    watched: Watched, out: Out
) -> None:
    row = booked(watched)
    told(NOW + HOUR)
    answered(row, invited=False, by=watched, at=NOW + 2 * HOUR)
    for hours in (3, 4):
        told(NOW + hours * HOUR)
    assert heard(watched) == ["meeting_booked", "meeting_uninvited"]
    words = out.mails[-1].get_body(("plain",)).get_content()
    assert "You are not invited any more" in words
    assert "4 March 2026 at 9am" in words
    for secret in ("Tarekiel", "Zephyr", "Vale", "trategy", "worry"):
        assert secret not in words
    answered(row, invited=True, by=watched, at=NOW + 5 * HOUR)
    for hours in (6, 7):
        told(NOW + hours * HOUR)
    assert heard(watched) == ["meeting_booked", "meeting_uninvited", "meeting_booked"]


@pytest.mark.by_turns
def test_one_who_is_invited_after_all_hears_of_it_then_and_of_one_that_never_asked_too(
    watched: Watched, out: Out
) -> None:
    row = booked(watched, guardian_invited=False, why_not="A concern over the guardian")
    said = {"kind": "strategy", "planned_at": HELD_AT + HOUR, "invited": "DS Vale"}
    old = MeetingBooking.objects.create(
        child=watched.child, **said, recorded_at=NOW, recorded_by=watched.worker
    )
    told(NOW + HOUR)
    assert heard(watched) == []
    for one in (row, old):
        answered(one, invited=True, by=watched, at=NOW + 2 * HOUR)
    told(NOW + 3 * HOUR)
    assert heard(watched) == ["meeting_booked", "meeting_booked"]


@pytest.mark.by_turns
def test_whoever_was_told_of_no_meeting_is_not_told_that_it_is_without_them_nor_that_it_is_off(
    watched: Watched, out: Out
) -> None:
    row = booked(watched)
    answered(row, invited=False, by=watched, at=NOW + timedelta(minutes=1))
    told(NOW + HOUR)
    bookings.call_off(row, ending="called_off", why="Snow", by=watched.worker, at=NOW + 2 * HOUR)
    told(NOW + 3 * HOUR)
    assert heard(watched) == []


@pytest.mark.by_turns
def test_one_who_heard_that_it_is_without_them_hears_of_no_end_and_one_who_had_not_yet_hears_that_alone(
    watched: Watched, out: Out
) -> None:
    first, second = booked(watched), booked(watched, planned_at=HELD_AT + HOUR)
    told(NOW + HOUR)
    answered(first, invited=False, by=watched, at=NOW + 2 * HOUR)
    told(NOW + 3 * HOUR)
    answered(second, invited=False, by=watched, at=NOW + 4 * HOUR)
    # Owed, and not sent before it is called off.
    meeting_mails.tell(now=NOW + 4 * HOUR)
    for row in (first, second):
        bookings.call_off(row, ending="called_off", why="Snow", by=watched.worker, at=NOW + 5 * HOUR)
    told(NOW + 6 * HOUR)
    assert heard(watched) == ["meeting_booked", "meeting_booked", "meeting_uninvited", "meeting_off"]


@pytest.mark.by_turns
def test_an_invitation_that_is_taken_back_before_it_is_sent_is_not_sent(watched: Watched, out: Out) -> None:
    row = booked(watched)
    meeting_mails.tell(now=NOW)
    answered(row, invited=False, by=watched, at=NOW + timedelta(minutes=1))
    told(NOW + HOUR)
    assert out.to[watched.guardian.email] == 0


@pytest.mark.by_turns
def test_how_long_after_its_time_that_is_said_is_a_setting(watched: Watched, out: Out, settings: Any) -> None:
    settings.MEETING_OFF_HOURS = 1
    row = booked(watched)
    told(NOW + HOUR)
    answered(row, invited=False, by=watched, at=HELD_AT - timedelta(minutes=1))
    told(HELD_AT + 2 * HOUR)
    assert heard(watched) == ["meeting_booked"]
    settings.MEETING_OFF_HOURS = 3
    told(HELD_AT + 2 * HOUR)
    assert heard(watched) == ["meeting_booked", "meeting_uninvited"]
