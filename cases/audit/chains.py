"""The chains of events, of each child and of each home, walked from end to end in constant memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q

from cases import home_log, log
from cases.audit import tables
from cases.models import Event, HomeEvent

BATCH = 2000


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: in which table, at which row (none: at no single one), about whom, and what."""

    table: str
    row: int | None
    about: str
    wrong: str


def broken(count: Callable[[int], None]) -> Iterator[Finding]:
    """Every event that is not what it was, or does not follow the one before; `count` hears how many were read."""
    yield from _broken(Event, "child_id", log.digest_of, tables.child, count)
    yield from _broken(HomeEvent, "home_id", home_log.digest_of, tables.home, count)


def _broken(
    model: type[models.Model],
    owner: str,
    digest_of: Callable[[Any], str],
    named: Callable[[int], str],
    count: Callable[[int], None],
) -> Iterator[Finding]:
    before: Any = None
    while batch := _next(model, owner, before):
        count(len(batch))
        for event in batch:
            same = before is not None and getattr(before, owner) == getattr(event, owner)
            number, digest = (before.number, before.digest) if same else (0, log.GENESIS)
            for wrong in _wrong(event, number, digest, digest_of):
                yield Finding(model._meta.db_table, event.pk, named(getattr(event, owner)), wrong)
            before = event


def _wrong(event: Any, number: int, digest: str, digest_of: Callable[[Any], str]) -> Iterator[str]:
    if digest_of(event) != event.digest:
        yield f"event {event.number} was edited"
    if event.number != number + 1:
        yield f"missing: event {number + 1} is not there, {event.number} comes next"
    elif event.previous_digest != digest:
        yield f"event {event.number} does not follow event {number}"


def _next(model: type[models.Model], owner: str, before: Any) -> list[Any]:
    """The next events in the order of their chains: by the index that numbers them, from where the last batch ended."""
    rows = model._default_manager.order_by(owner, "number")
    if before is not None:
        last = getattr(before, owner)
        further = Q(**{f"{owner}__gt": last}) | Q(number__gt=before.number)
        rows = rows.filter(further, **{f"{owner}__gte": last})
    return list(rows[:BATCH])
