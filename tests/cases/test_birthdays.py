"""The 18th birthday, where the day, the month or the whole date is not known, and of who was born on a leap day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import birthdays
from cases.deadlines import years

LEAP = date(2008, 2, 29)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("born", "precision", "first", "last"),
    [
        (date(2009, 5, 3), "day", date(2027, 5, 3), date(2027, 5, 3)),
        (date(2009, 5, 15), "month", date(2027, 5, 1), date(2027, 5, 31)),
        (date(2009, 7, 15), "year", date(2027, 1, 1), date(2027, 12, 31)),
        (date(2009, 7, 1), "year", date(2027, 1, 1), date(2027, 12, 31)),
        (date(2009, 7, 15), "estimated", date(2027, 1, 1), date.max),
        (LEAP, "day", date(2026, 3, 1), date(2026, 3, 1)),
        (date(2008, 2, 15), "month", date(2026, 2, 1), date(2026, 3, 1)),
    ],
)
def test_the_18th_birthday_is_between_the_first_and_the_last_day_that_it_can_be(
    born: date, precision: str, first: date, last: date
) -> None:
    assert birthdays.eighteenth(born, precision) == (first, last)


def test_who_was_born_on_a_leap_day_is_of_an_age_on_1_march_unless_that_year_has_one_too() -> None:
    assert birthdays.attained(LEAP, 16) == date(2024, 2, 29)
    of_age = birthdays.attained(LEAP, 18)
    assert of_age == date(2026, 3, 1)
    # The age that is shown turns on the same day.
    assert [years(LEAP, today=day) for day in (date(2026, 2, 28), of_age)] == [17, 18]


def test_what_was_kept_of_a_year_as_1_july_is_read_as_15_july_and_a_real_1_july_stays() -> None:
    assert birthdays.gone_by(date(2010, 7, 1), "year") == date(2010, 7, 15)
    assert birthdays.gone_by(date(2010, 7, 1), "day") == date(2010, 7, 1)
    assert birthdays.gone_by(date(2010, 5, 15), "month") == date(2010, 5, 15)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("born", "precision", "is_asked"),
    [
        # At 5 and before 18 nobody asks; a month or a year is asked about where each of its days is unlikely.
        (date(2021, 11, 30), "day", False),
        (date(2021, 12, 1), "day", True),
        (date(2008, 12, 1), "day", False),
        (date(2008, 11, 30), "day", True),
        (date(2021, 11, 15), "month", False),
        (date(2021, 12, 15), "month", True),
        (date(2008, 11, 15), "month", True),
        (date(2008, 12, 15), "month", False),
        (date(2008, 7, 15), "year", False),
        (date(2007, 7, 15), "year", True),
        (date(2007, 7, 15), "estimated", True),
        (date(2021, 7, 15), "year", False),
        (date(2022, 7, 15), "year", True),
        (date(1028, 5, 3), "day", True),
        (date(1, 1, 1), "day", True),
    ],
)
def test_an_age_is_outside_where_each_day_that_the_birth_date_can_mean_is(
    born: date, precision: str, is_asked: bool
) -> None:
    found = birthdays.surely_outside(born, precision, range(5, 18), today=date(2026, 11, 30))
    assert found is is_asked


@given(
    born=st.dates(date(1900, 1, 1), date(2026, 11, 30)),
    precision=st.sampled_from(["day", "month", "year"]),
    today=st.dates(date(2026, 11, 30), date(2040, 1, 1)),
)
def test_who_may_be_of_a_likely_age_is_never_asked_and_whoever_cannot_be_always_is(
    born: date, precision: str, today: date
) -> None:
    first, last = birthdays.first_birth_date(born, precision), birthdays.last_birth_date(born, precision)
    assert last is not None
    days = (first + timedelta(days=day) for day in range((last - first).days + 1))
    may_be = {years(day, today=today) for day in days}
    outside = birthdays.surely_outside(born, precision, range(5, 18), today=today)
    assert outside is not any(age in range(5, 18) for age in may_be)
