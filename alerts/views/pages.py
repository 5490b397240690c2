"""A long list in pages: so much at once as is read, however much there is."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

# As many rows as somebody goes through; a page of them stays light on one bar of signal.
SIZE = 50


def of(request: HttpRequest, rows: Sequence[Any] | QuerySet[Any], size: int | None = None) -> Page[Any]:
    """The page of these rows that is asked for with `page`; for a number that there is not, the nearest."""
    return Paginator(rows, size or SIZE).get_page(request.GET.get("page"))


def again(address: str, page: Page[Any], query: str = "") -> str:
    """The address at which a list that refreshes itself is read again, on the same page."""
    parts = [part for part in (query, f"page={page.number}" if page.number > 1 else "") if part]
    return f"{address}?{'&'.join(parts)}" if parts else address
