"""On which days a child can be of an age, where perhaps only the month or the year of the birth is known."""

from calendar import monthrange
from datetime import date

EIGHTEEN = 18
# A day that is not known is the 15th, and never the 1st [children-looked-after return]; of a year alone it is July's.
DAY, MONTH = 15, 7


def attained(born: date, years: int) -> date:
    """The day at whose start somebody is so old; who was born on 29 February is so on 1 March in other years.

    That is the law of England and Wales [Family Law Reform Act 1969, s. 9: at the start of the anniversary].
    """
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def gone_by(born: date, precision: str) -> date:
    """The day that stands for a birth date, by how exact it is: what was once kept of a year as 1 July is 15 July."""
    return born.replace(month=MONTH, day=DAY) if precision == "year" else born


def first_birth_date(born: date, precision: str) -> date:
    """The first day on which the child can have been born, by what was given; a guess is taken as a year."""
    if precision == "day":
        return born
    return born.replace(day=1) if precision == "month" else date(born.year, 1, 1)


def last_birth_date(born: date, precision: str) -> date | None:
    """The last such day; None of a year that was guessed, for nobody can say that it is over."""
    if precision == "day":
        return born
    if precision == "month":
        return born.replace(day=monthrange(born.year, born.month)[1])
    return date(born.year, 12, 31) if precision == "year" else None


def eighteenth(born: date, precision: str) -> tuple[date, date]:
    """The first and the last day that the 18th birthday can be on; the last there is, where nobody can say.

    Whatever is to be done before it is done before the first; the child is surely of age from the last on.
    """
    last = last_birth_date(born, precision)
    first = attained(first_birth_date(born, precision), EIGHTEEN)
    return first, date.max if last is None else attained(last, EIGHTEEN)


def surely_outside(born: date, precision: str, ages: range, *, today: date) -> bool:
    """Whether somebody is of none of these ages in years today, whichever day the birth date may mean."""
    youngest = last_birth_date(born, precision) or date(born.year, 12, 31)
    oldest = first_birth_date(born, precision)
    return attained(youngest, ages.stop) <= today or today < attained(oldest, ages.start)
