"""The 18th birthday, where the day, the month or the whole date is not known, and of who was born on a leap day."""

from datetime import date

import pytest

from cases import birthdays
from cases.deadlines import years

LEAP = date(2008, 2, 29)


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
