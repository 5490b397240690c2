"""Which arrivals the national figures speak of, and how long somebody has been missing, in the buckets they use."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cases.deadlines import LONDON, add_months, at_london

YEARS = 5
# A year of arrivals runs to 31 March, as the return of looked-after children does, and counts from November on, when
# that return has been published. So the first of five closed years always reaches back more than five years.
YEAR_BEGINS = (4, 1)
COUNTS_FROM_MONTH = 11


@dataclass(frozen=True)
class Cohort:
    """Everybody who arrived in [starts_at, ends_at), five whole years of arrivals."""

    starts_at: datetime
    ends_at: datetime

    @property
    def last_date(self) -> date:
        """The last day of the five years, in London."""
        return self.ends_at.astimezone(LONDON).date() - timedelta(days=1)


@dataclass(frozen=True)
class Bucket:
    """Missing since after `after` and no later than `until`; open at an end where that is None."""

    key: str
    after: datetime | None
    until: datetime | None


def five_years(as_at: datetime) -> Cohort:
    """Return the last five years of arrivals that are closed and whose return is in at `as_at`."""
    today = as_at.astimezone(LONDON).date()
    year = today.year if today.month >= COUNTS_FROM_MONTH else today.year - 1
    return Cohort(
        at_london(date(year - YEARS, *YEAR_BEGINS), time(0)), at_london(date(year, *YEAR_BEGINS), time(0))
    )


def buckets(as_at: datetime) -> tuple[Bucket, ...]:
    """The national buckets of how long: hours and days are elapsed, months and years go by the calendar."""
    ends = (
        ("under_72_hours", as_at - timedelta(hours=72)),
        ("under_28_days", as_at - timedelta(days=28)),
        ("under_3_months", add_months(as_at, -3)),
        ("under_1_year", years_before(as_at, 1)),
        ("1_year", years_before(as_at, 2)),
        ("2_years", years_before(as_at, 3)),
        ("3_years", years_before(as_at, 4)),
        ("4_years", years_before(as_at, 5)),
        ("5_years", None),
    )
    found, until = [], None
    for key, after in ends:
        found.append(Bucket(key, after, until))
        until = after
    return tuple(found)


def years_before(as_at: datetime, years: int) -> datetime:
    """The same London wall time so many years earlier."""
    return add_months(as_at, -12 * years)
