"""Deadlines: elapsed hours, London days, working days and months, across both clock changes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.deadlines import (
    LONDON,
    add_days,
    add_months,
    add_working_days,
    at_london,
    london_day,
    midday,
    next_at_wall,
    next_due_at,
)

EASTER = {date(2026, 4, 3), date(2026, 4, 6)}
ENGLAND = "england-and-wales"
instants = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
walls = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def london(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=LONDON, fold=fold).astimezone(UTC)


def test_seventy_two_hours_are_elapsed_hours_when_the_clocks_go_forward() -> None:
    start = london(2026, 3, 27, 21, 0)
    assert next_due_at(start, after=timedelta(hours=72)) == london(2026, 3, 30, 22, 0)
    assert add_days(start, 3) == london(2026, 3, 30, 21, 0)
    assert add_days(start, 3) - start == timedelta(hours=71)


def test_seventy_two_hours_are_elapsed_hours_when_the_clocks_go_back() -> None:
    start = london(2026, 10, 23, 21, 0)
    assert next_due_at(start, after=timedelta(hours=72)) == london(2026, 10, 26, 20, 0)
    assert add_days(start, 3) == london(2026, 10, 26, 21, 0)
    assert add_days(start, 3) - start == timedelta(hours=73)


def test_a_wall_time_that_the_clocks_skip_is_the_next_that_exists() -> None:
    change = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert at_london(date(2026, 3, 29), time(0, 59)) == datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert at_london(date(2026, 3, 29), time(1, 0)) == change
    assert at_london(date(2026, 3, 29), time(1, 30)) == change
    assert at_london(date(2026, 3, 29), time(1, 59, 59)) == change
    assert at_london(date(2026, 3, 29), time(2, 0)) == change


def test_a_wall_time_that_the_clocks_repeat_is_the_first() -> None:
    assert at_london(date(2026, 10, 25), time(1, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert at_london(date(2026, 10, 25), time(2, 0)) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


def test_the_day_is_londons_and_not_greenwichs() -> None:
    assert london_day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)
    assert london_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2026, 12, 31)


def test_the_next_eight_o_clock_may_be_the_very_instant() -> None:
    eight = london(2026, 6, 1, 8, 0)
    assert next_at_wall(eight, time(8, 0)) == eight
    assert next_at_wall(eight + timedelta(seconds=1), time(8, 0)) == london(2026, 6, 2, 8, 0)
    assert next_at_wall(london(2026, 6, 1, 22, 30), time(8, 0)) == london(2026, 6, 2, 8, 0)


def test_working_days_leave_out_weekends_and_bank_holidays() -> None:
    thursday = london(2026, 4, 2, 9, 0)
    assert add_working_days(thursday, 1, nation=ENGLAND, holidays=EASTER) == london(2026, 4, 7, 23, 59, 59)
    assert add_working_days(thursday, 1, nation=ENGLAND, holidays=set()) == london(2026, 4, 3, 23, 59, 59)
    assert add_working_days(thursday, 10, nation=ENGLAND, holidays=EASTER) == london(2026, 4, 20, 23, 59, 59)


def test_scotland_works_on_easter_monday() -> None:
    good_friday_only = {date(2026, 4, 3)}
    start = london(2026, 4, 2, 9, 0)
    assert add_working_days(start, 1, nation="scotland", holidays=good_friday_only) == london(
        2026, 4, 6, 23, 59, 59
    )


def test_no_working_day_is_the_same_day_or_the_next_working_one() -> None:
    assert add_working_days(london(2026, 4, 2, 9), 0, nation=ENGLAND, holidays=EASTER) == london(
        2026, 4, 2, 23, 59, 59
    )
    assert add_working_days(london(2026, 4, 3, 9), 0, nation=ENGLAND, holidays=EASTER) == london(
        2026, 4, 7, 23, 59, 59
    )


def test_working_days_start_from_londons_day_at_midnight_in_summer() -> None:
    # 23:30 on Sunday in UTC is Monday in London.
    start = datetime(2026, 6, 7, 23, 30, tzinfo=UTC)
    assert add_working_days(start, 1, nation=ENGLAND, holidays=set()) == london(2026, 6, 9, 23, 59, 59)


@pytest.mark.parametrize("nation", ["england", "", "Wales"])
def test_a_calendar_that_does_not_exist_is_refused(nation: str) -> None:
    with pytest.raises(ValueError, match="Nation"):
        add_working_days(london(2026, 4, 2, 9), 1, nation=nation, holidays=set())


def test_working_days_are_never_counted_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_working_days(london(2026, 4, 2, 9), -1, nation=ENGLAND, holidays=set())


def test_a_month_after_the_thirty_first_is_the_last_day_of_the_month() -> None:
    assert add_months(london(2026, 1, 31, 9, 0), 1) == london(2026, 2, 28, 9, 0)
    assert add_months(london(2028, 1, 31, 9, 0), 1) == london(2028, 2, 29, 9, 0)
    assert add_months(london(2026, 8, 31, 9, 0), 6) == london(2027, 2, 28, 9, 0)
    assert add_months(london(2026, 11, 30, 9, 0), 3) == london(2027, 2, 28, 9, 0)


def test_months_keep_the_wall_time_across_a_clock_change() -> None:
    assert add_months(london(2026, 3, 1, 9, 0), 3) == london(2026, 6, 1, 9, 0)


@settings(deadline=None)
@given(instants, st.integers(0, 2000))
def test_elapsed_time_is_exact(start: datetime, hours: int) -> None:
    assert next_due_at(start, after=timedelta(hours=hours)) - start == timedelta(hours=hours)


@settings(deadline=None)
@given(st.dates(date(2025, 1, 1), date(2030, 1, 1)), walls)
def test_every_wall_time_of_every_day_has_one_instant_that_shows_it_or_the_next(
    day: date, wall: time
) -> None:
    shown = at_london(day, wall).astimezone(LONDON)
    assert shown.date() == day
    assert shown.time() == wall or (shown.time() == time(2, 0) and wall.hour == 1)


@settings(deadline=None)
@given(instants, st.integers(0, 30), st.sets(st.dates(date(2025, 1, 1), date(2028, 12, 31)), max_size=20))
def test_more_working_days_are_never_sooner(start: datetime, days: int, holidays: set[date]) -> None:
    due = add_working_days(start, days, nation=ENGLAND, holidays=holidays)
    later = add_working_days(start, days + 1, nation=ENGLAND, holidays=holidays)
    assert start <= due <= later
    assert days == 0 or due < later
    for at in (due, later):
        assert london_day(at).weekday() < 5
        assert london_day(at) not in holidays


@settings(deadline=None)
@given(instants, walls)
def test_the_next_wall_time_comes_within_twenty_five_hours(since: datetime, wall: time) -> None:
    assert timedelta(0) <= next_at_wall(since, wall) - since <= timedelta(hours=25)


def test_a_day_of_which_nobody_said_the_hour_is_its_midday_in_london_and_never_later_than_now() -> None:
    winter, summer = date(2026, 1, 5), date(2026, 7, 6)
    assert midday(winter) == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert midday(summer) == datetime(2026, 7, 6, 11, tzinfo=UTC)
    morning = datetime(2026, 7, 6, 8, tzinfo=UTC)
    assert midday(summer, at=morning) == morning
    assert midday(summer, at=morning + timedelta(hours=9)) == midday(summer)
    assert midday(summer - timedelta(days=1), at=morning) == midday(summer) - timedelta(days=1)
    # Both clock changes.
    assert midday(date(2026, 3, 29)) == datetime(2026, 3, 29, 11, tzinfo=UTC)
    assert midday(date(2026, 10, 25)) == datetime(2026, 10, 25, 12, tzinfo=UTC)


@given(instants)
def test_the_midday_of_a_day_is_within_it_and_its_day_is_read_back(at: datetime) -> None:
    day = london_day(at)
    assert london_day(midday(day, at=at)) == day
    assert midday(day, at=at) <= at
