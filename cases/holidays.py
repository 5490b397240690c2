"""The bank holidays of each nation, from the package's own file: nothing is downloaded."""

from datetime import date
from functools import cache

from govuk_bank_holidays.bank_holidays import BankHolidays

from cases.deadlines import Nation as Calendar
from cases.models import Nation

CALENDARS = {
    Nation.ENGLAND: Calendar.ENGLAND_AND_WALES,
    Nation.WALES: Calendar.ENGLAND_AND_WALES,
    Nation.SCOTLAND: Calendar.SCOTLAND,
    Nation.NORTHERN_IRELAND: Calendar.NORTHERN_IRELAND,
}


def calendar_of(nation: str) -> str:
    """The calendar of bank holidays that an authority's nation keeps, named as GOV.UK names it."""
    return CALENDARS[Nation(nation)].value


@cache
def of(calendar: str) -> frozenset[date]:
    """Every bank holiday that is on file for this calendar."""
    rows = BankHolidays(use_cached_holidays=True).get_holidays(division=calendar)
    return frozenset(row["date"] for row in rows)


def known_until() -> date:
    """The last day of which every calendar says whether it is a bank holiday: the end of the year of the last on file.

    Past it a bank holiday counts as a working day: what is due in working days is then due sooner, and never later.
    """
    last = min(max(of(calendar.value)) for calendar in Calendar)
    return date(last.year, 12, 31)
