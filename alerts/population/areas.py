"""In which areas a guardian service takes the invented children, and of which others somebody says that there is none."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from alerts.population.book import Book
from cases import log
from cases.deadlines import london_day
from cases.models import Authority, GuardianService, User
from guardians import areas
from guardians.models import ServiceArea

# Somebody has looked at it lately, and will again within the six months that are set for it.
LOOKED, LOOKS_AGAIN = timedelta(days=30), timedelta(days=150)
NOBODY = "No service takes referrals here: an advocate stands in for each child."


def write(
    book: Book,
    services: Mapping[Authority, GuardianService | None],
    *,
    began: date,
    by: User,
    at: datetime,
) -> None:
    """Enter what each authority says of its area, or everybody senior of it would be told that nothing is on record."""
    said = set(
        ServiceArea.objects.of([authority.pk for authority in services]).values_list("authority", flat=True)
    )
    for authority, service in services.items():
        if authority.pk in said:
            continue
        if service is not None:
            how = {"service": service, "phone": service.phone, "starts_date": began}
            _say(book, areas.COVERED, {"authority": authority, **how}, by, at)
        if service is None or (service.ends_date is not None and service.ends_date <= london_day(at)):
            why = {"reason": NOBODY, "starts_date": london_day(at - LOOKED)}
            none = {"authority": authority, "ends_date": london_day(at + LOOKS_AGAIN), **why}
            _say(book, areas.WITHOUT, none, by, at - LOOKED)


def _say(book: Book, kind: str, columns: Mapping[str, Any], by: User, at: datetime) -> None:
    """One row, and that it was said, has begun and was worked out: each child was written down with it."""
    row = book.add(ServiceArea(recorded_at=at, recorded_by=by, **columns))
    data = areas.data_of(row)
    said = book.add(log.configured(row, kind, data=data, by=by, at=at))
    book.add(log.configured(row, areas.BEGUN, data=data, by=None, at=at))
    worked_out = {"authority": row.authority_id, "through": said.pk}
    book.add(log.configured(row, areas.WORKED_OUT, data=worked_out, by=None, at=at))
