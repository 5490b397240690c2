"""A home moves its roll-calls: by two hours at most, from tomorrow on, never fewer, and the clocks follow at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from alerts import roll_call_times, sweep
from alerts.models import Alert, Clock, Message, MessageKind
from alerts.roll_call_times import words_of
from cases import clock, placements
from cases.models import Home, HomeEvent, Role, RollCallShift
from cases.states import IllegalMove
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

# Monday 2 March; the child's first roll-call is the midday one, 12:30 to 13:30.
AT = factories.AT
TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


def move(
    watched: Watched, window: str, minutes: int, day: date = TOMORROW, *, at: datetime = AT
) -> RollCallShift:
    return roll_call_times.move(watched.home, window, minutes=minutes, from_date=day, by=watched.carer, at=at)


def due(watched: Watched) -> datetime | None:
    return Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT).due_at


@pytest.mark.by_turns
def test_from_its_day_on_the_window_is_owed_at_its_own_time(watched: Watched) -> None:
    move(watched, "midday", -90)
    factories.seen(watched.child, by=watched.carer, at=datetime(2026, 3, 2, 23, 0, tzinfo=UTC))
    factories.seen(watched.child, by=watched.carer, at=datetime(2026, 3, 3, 8, 0, tzinfo=UTC))
    assert due(watched) == datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


@pytest.mark.by_turns
def test_the_clocks_of_every_child_of_the_house_follow_in_the_same_commit(watched: Watched) -> None:
    other = factories.placed(factories.a_child(watched.authority), watched.home).child
    for child in (watched.child, other):
        factories.seen(child, by=watched.carer, at=datetime(2026, 3, 2, 23, 0, tzinfo=UTC))
    move(watched, "morning", 60, at=datetime(2026, 3, 2, 23, 10, tzinfo=UTC))
    moved = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
    assert Clock.objects.filter(kind="contact", due_at=moved).count() == 2


@pytest.mark.by_turns
def test_an_open_alert_s_times_are_never_put_off(watched: Watched) -> None:
    closes = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
    sweep.sweep_all(now=closes + timedelta(minutes=30))
    alert = Alert.objects.get(child=watched.child, clock__kind="contact")
    before = Clock.objects.get(pk=alert.clock_id)
    for window, minutes in (("midday", 120), ("morning", -60), ("night", 90)):
        move(watched, window, minutes, at=closes + timedelta(minutes=31))
    after = Clock.objects.get(pk=alert.clock_id)
    assert after.due_at == before.due_at
    assert after.next_at is not None
    assert before.next_at is not None
    assert after.next_at <= before.next_at
    alert.refresh_from_db()
    assert alert.ended_at is None


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("window", "minutes", "day", "words"),
    [
        ("morning", 30, TODAY, "from tomorrow on"),
        ("morning", 30, date(2026, 3, 1), "from tomorrow on"),
        ("morning", 121, TOMORROW, "2 hours at most"),
        ("morning", -121, TOMORROW, "2 hours at most"),
        ("breakfast", 30, TOMORROW, "Select one"),
        ("morning", 0, TOMORROW, "already"),
        ("evening", 120, TOMORROW, "overlap or change places"),
        ("night", -120, TOMORROW, "overlap or change places"),
    ],
)
def test_what_is_no_lawful_move_is_refused(
    watched: Watched, window: str, minutes: int, day: date, words: str
) -> None:
    with pytest.raises(IllegalMove, match=words):
        move(watched, window, minutes, day)
    assert not RollCallShift.objects.exists()
    assert not HomeEvent.objects.exists()


@pytest.mark.by_turns
def test_two_moves_together_may_not_cross(watched: Watched) -> None:
    move(watched, "evening", 60)
    with pytest.raises(IllegalMove, match="“Evening” and “Night” would overlap"):
        move(watched, "night", -60)
    move(watched, "night", 30)


def test_a_move_is_held_against_one_that_begins_later(watched: Watched) -> None:
    move(watched, "night", -90, date(2026, 3, 10))
    with pytest.raises(IllegalMove, match="overlap"):
        move(watched, "evening", 60, TOMORROW)


@pytest.mark.by_turns
def test_the_same_day_s_move_is_written_once_more_and_both_stand_in_the_log(watched: Watched) -> None:
    move(watched, "morning", 30)
    move(watched, "morning", 45)
    assert RollCallShift.objects.get().minutes == 45
    assert [event.data["minutes"] for event in roll_call_times.history_of(watched.home)] == [45, 30]


@pytest.mark.by_turns
def test_a_child_who_left_is_not_touched(watched: Watched) -> None:
    placements.end(
        watched.placement,
        ends_at=AT + timedelta(hours=1),
        reason="Moved",
        by=watched.worker,
        at=AT + timedelta(hours=1),
    )
    before = due(watched)
    move(watched, "morning", 60, at=AT + timedelta(hours=2))
    assert due(watched) == before


def answers(day: date, **more: object) -> dict[str, object]:
    given = {"from_date_day": day.day, "from_date_month": day.month, "from_date_year": day.year}
    return {"window": "morning", "minutes": "30", **given} | more


def test_the_home_s_own_staff_move_it_on_the_page_and_see_who_did(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    where = f"/homes/{watched.home.pk}/times/"
    assert where in client.get(f"/homes/{watched.home.pk}/roll-call/").content.decode()
    today = clock.now().date()
    assert client.post(where, answers(today)).status_code == 422
    answer = client.post(where, answers(today + timedelta(days=3), window=""))
    assert answer.status_code == 422
    assert "Select the roll-call" in answer.content.decode()
    assert client.post(where, answers(today + timedelta(days=3))).status_code == 302
    page = client.get(where).content.decode()
    assert "8am to 9am" in page
    assert watched.carer.name in page
    assert "30 minutes later" in page


@pytest.mark.by_turns
def test_nobody_else_reads_or_moves_it(client: Client, watched: Watched) -> None:
    where = f"/homes/{watched.home.pk}/times/"
    stranger = factories.a_person(Role.PLACEMENT_STAFF)
    for person in (stranger, watched.worker, watched.manager, watched.guardian, watched.desk.person):
        client.force_login(person)
        assert client.get(where).status_code == 404
        day = clock.now().date() + timedelta(days=3)
        assert client.post(where, answers(day)).status_code == 404
    assert not RollCallShift.objects.exists()


def test_by_how_much_a_roll_call_is_moved_is_said_in_whole_words() -> None:
    said = [words_of(minutes) for minutes in (-120, -75, -60, 0, 15, 105)]
    assert said == [
        "2 hours earlier",
        "1 hour 15 minutes earlier",
        "1 hour earlier",
        "As the policy has it",
        "15 minutes later",
        "1 hour 45 minutes later",
    ]


# Of a move after a missed night: minutes by which the home before and the home after move it, when the child moves,
# and when somebody writes it down.
NIGHT_CLOSES = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)


def a_missed_night(watched: Watched, minutes: int) -> Alert:
    """The alert of a child seen at teatime last, in a home that moves its nights by so much from that day on."""
    if minutes:
        RollCallShift.objects.create(home=watched.home, window="night", minutes=minutes, from_date=TODAY)
    factories.seen(watched.child, by=watched.carer, at=NIGHT_CLOSES - timedelta(hours=3))
    closes = NIGHT_CLOSES + timedelta(minutes=minutes)
    assert due(watched) == closes
    sweep.sweep_all(now=closes + timedelta(minutes=31))
    return Alert.objects.get(child=watched.child, clock__kind="contact")


def a_home_whose_night_is_moved(watched: Watched, minutes: int) -> Home:
    home = factories.a_home(watched.authority)
    if minutes:
        RollCallShift.objects.create(home=home, window="night", minutes=minutes, from_date=TODAY)
    return home


def assert_still_owed(alert: Alert, at: datetime) -> None:
    sweep.sweep_all(now=at)
    due_at = alert.due_at
    alert.refresh_from_db()
    assert (alert.ended_at, alert.due_at) == (None, due_at)
    assert Alert.objects.filter(child=alert.child_id, clock__kind="contact").count() == 1
    assert Clock.objects.get(pk=alert.clock_id).due_at == due_at
    assert not Message.objects.filter(kind=MessageKind.ENDING).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("before", "after", "moved", "written"),
    [
        pytest.param(0, 60, 70, 75, id="into a later home"),
        pytest.param(-60, 0, 70, 75, id="out of an earlier home"),
        pytest.param(0, 120, 32, 33, id="into a home where the same night has yet to begin"),
        pytest.param(0, 60, -120, 75, id="a move of before the window, written after it was missed"),
        pytest.param(-60, 0, -90, 75, id="a move out of before the window, written after it was missed"),
    ],
)
def test_a_move_after_a_missed_roll_call_puts_it_off_by_nothing(
    watched: Watched, before: int, after: int, moved: int, written: int
) -> None:
    alert = a_missed_night(watched, before)
    at = alert.due_at + timedelta(minutes=written)
    factories.placed(
        watched.child,
        a_home_whose_night_is_moved(watched, after),
        starts_at=alert.due_at + timedelta(minutes=moved),
        at=at,
    )
    assert_still_owed(alert, at)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("ended", [70, -90])
def test_the_end_of_a_placement_after_a_missed_roll_call_puts_it_off_by_nothing(
    watched: Watched, ended: int
) -> None:
    alert = a_missed_night(watched, -60)
    at = alert.due_at + timedelta(minutes=75)
    placements.end(
        watched.placement,
        ends_at=alert.due_at + timedelta(minutes=ended),
        reason="The place is needed",
        by=watched.worker,
        at=at,
    )
    assert_still_owed(alert, at)


@pytest.mark.by_turns
def test_after_a_move_the_next_roll_calls_are_those_of_the_new_home(watched: Watched) -> None:
    RollCallShift.objects.create(home=watched.home, window="night", minutes=-60, from_date=TODAY)
    at = NIGHT_CLOSES - timedelta(hours=3)
    factories.placed(watched.child, a_home_whose_night_is_moved(watched, 45), starts_at=at, at=at)
    factories.seen(watched.child, by=watched.worker, at=at)
    assert due(watched) == NIGHT_CLOSES + timedelta(minutes=45)
