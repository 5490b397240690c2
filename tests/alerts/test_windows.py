"""Roll-call windows in London wall time."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise

from hypothesis import given
from hypothesis import strategies as st

from alerts.default_policies import BUILDING_CHECKS, DAY, MORNING, NIGHT
from alerts.schedule import Shift, Window
from alerts.windows import Occurrence, occurrences, on_day
from cases.deadlines import london_day
from tests.alerts.strategies import HOUR, london, shifts, walls

LATE = Window("late", time(23, 30), time(0, 30))


def first(window: Window, since: datetime, *moved: Shift) -> Occurrence:
    return next(occurrences(window, since=since, shifts=moved))


def test_a_window_is_the_same_wall_time_in_winter_and_summer() -> None:
    assert first(MORNING, london(2026, 1, 5, 0, 0)).opens_at == datetime(2026, 1, 5, 7, 30, tzinfo=UTC)
    assert first(MORNING, london(2026, 7, 6, 0, 0)).opens_at == datetime(2026, 7, 6, 6, 30, tzinfo=UTC)


def test_the_morning_after_the_clocks_go_forward_comes_an_hour_sooner() -> None:
    saturday, sunday = islice(occurrences(MORNING, since=london(2026, 3, 28, 0, 0)), 2)
    assert sunday.opens_at - saturday.opens_at == timedelta(hours=23)
    assert sunday == Occurrence(london(2026, 3, 29, 7, 30), london(2026, 3, 29, 8, 30))


def test_the_morning_after_the_clocks_go_back_comes_an_hour_later() -> None:
    saturday, sunday = islice(occurrences(MORNING, since=london(2026, 10, 24, 0, 0)), 2)
    assert sunday.opens_at - saturday.opens_at == timedelta(hours=25)


def test_a_window_that_the_skipped_hour_swallows_keeps_its_length() -> None:
    building = on_day(BUILDING_CHECKS[0], date(2026, 3, 29))
    assert building.opens_at == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert building.closes_at == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)


def test_a_window_in_the_repeated_hour_opens_the_first_time() -> None:
    building = on_day(BUILDING_CHECKS[0], date(2026, 10, 25))
    assert building.opens_at == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert building.closes_at == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


def test_a_window_over_midnight_closes_the_next_london_day() -> None:
    assert first(LATE, london(2026, 6, 1, 0, 0)) == Occurrence(
        london(2026, 6, 1, 23, 30), london(2026, 6, 2, 0, 30)
    )


def test_a_window_open_already_is_not_one_that_opens() -> None:
    assert first(DAY, london(2026, 6, 1, 16, 0)).opens_at == london(2026, 6, 1, 16, 0)
    assert first(DAY, london(2026, 6, 1, 16, 1)).opens_at == london(2026, 6, 2, 16, 0)


def test_a_homes_own_time_counts_from_its_london_day_on() -> None:
    later = Shift("night", 90, date(2026, 6, 2))
    days = list(islice(occurrences(NIGHT, since=london(2026, 6, 1, 12, 0), shifts=(later,)), 2))
    assert days[0].opens_at == london(2026, 6, 1, 22, 30)
    assert days[1] == Occurrence(london(2026, 6, 3, 0, 0), london(2026, 6, 3, 1, 0))


def test_a_window_moved_past_midnight_is_found_from_the_day_it_opens_on() -> None:
    later = Shift("night", 120, date(2026, 1, 1))
    assert first(NIGHT, london(2026, 6, 3, 0, 15), later).opens_at == london(2026, 6, 3, 0, 30)
    assert first(NIGHT, london(2026, 1, 3, 0, 15), later).opens_at == london(2026, 1, 3, 0, 30)


def test_the_latest_shift_wins_and_other_windows_do_not_move() -> None:
    moved = (Shift("morning", -60, date(2026, 6, 5)), Shift("morning", 60, date(2026, 6, 1)))
    assert first(MORNING, london(2026, 6, 2, 0, 0), *moved).opens_at == london(2026, 6, 2, 8, 30)
    assert first(MORNING, london(2026, 6, 5, 0, 0), *moved).opens_at == london(2026, 6, 5, 6, 30)
    assert first(DAY, london(2026, 6, 5, 0, 0), *moved).opens_at == london(2026, 6, 5, 16, 0)


def test_no_home_moves_a_window_by_more_than_two_hours() -> None:
    wild = Shift("morning", 600, date(2026, 6, 1))
    assert first(MORNING, london(2026, 6, 2, 0, 0), wild).opens_at == london(2026, 6, 2, 9, 30)


def test_the_london_day_of_a_shift_is_not_greenwichs() -> None:
    # At 00:15 in London on 2 June it is still 1 June in UTC.
    early = Window("early", time(0, 15), time(0, 45))
    moved = Shift("early", 30, date(2026, 6, 2))
    opens_at = first(early, london(2026, 6, 1, 12, 0), moved).opens_at
    assert opens_at == london(2026, 6, 2, 0, 45)
    assert opens_at.date() == date(2026, 6, 1)
    assert london_day(opens_at) == date(2026, 6, 2)


def test_who_moves_between_the_opening_here_and_the_opening_there_is_looked_for_at_the_time_of_either_once() -> (
    None
):
    moves = london(2026, 6, 1, 23, 0)
    later, plain = Shift("night", 90, date.min, None, moves), Shift("night", 0, date.min, moves)
    # There it opens at midnight, here it did at 22:30: neither while the child was there.
    days = list(islice(occurrences(NIGHT, since=london(2026, 6, 1, 12, 0), shifts=(later, plain)), 2))
    assert days[0] == Occurrence(london(2026, 6, 2, 0, 0), london(2026, 6, 2, 1, 0))
    assert days[1].opens_at == london(2026, 6, 2, 22, 30)
    # The other way about both open where the child is: the first of them is the one.
    plain, later = Shift("night", 0, date.min, None, moves), Shift("night", 90, date.min, moves)
    days = list(islice(occurrences(NIGHT, since=london(2026, 6, 1, 12, 0), shifts=(plain, later)), 2))
    assert [one.opens_at for one in days] == [london(2026, 6, 1, 22, 30), london(2026, 6, 3, 0, 0)]


@given(
    opens=walls,
    closes=walls,
    since=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    moved=st.lists(shifts, max_size=3),
)
def test_windows_come_in_order_one_a_day_and_close_after_they_open(
    opens: time, closes: time, since: datetime, moved: list[Shift]
) -> None:
    window = Window("morning", opens, closes)
    found = list(islice(occurrences(window, since=since, shifts=moved), 5))
    assert since <= found[0].opens_at <= since + 30 * HOUR
    for one in found:
        assert one.opens_at < one.closes_at <= one.opens_at + 26 * HOUR
    for one, other in pairwise(found):
        assert 18 * HOUR < other.opens_at - one.opens_at < 30 * HOUR
