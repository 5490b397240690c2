"""Turns of people who are to be there for a child: what is left of one when they are away, and the gaps between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True)
class Watch:
    """Somebody within reach, from when to when; None for one who stays. Or `away`: theirs, and out of reach."""

    starts_at: datetime
    ends_at: datetime | None
    away: bool = False

    def holds(self, at: datetime) -> bool:
        """Whether they could be reached at `at`."""
        return not self.away and self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True)
class Gap:
    """A time [starts_at, ends_at) in which nobody is there for a child who is to have somebody."""

    starts_at: datetime
    ends_at: datetime | None


def gap(since: datetime, watches: Iterable[Watch], at: datetime) -> Gap | None:
    """Return the gap of `at`, or the next to come, of a child who is to have somebody from `since` on; None for none."""
    there = [watch for watch in watches if not watch.away]
    for watch in sorted(there, key=lambda one: one.starts_at):
        if watch.starts_at > max(since, at):
            return Gap(since, watch.starts_at)
        if watch.ends_at is None:
            return None
        since = max(since, watch.ends_at)
    return Gap(since, None)


def without(part: Watch, away: Sequence[tuple[datetime, datetime | None]]) -> list[Watch]:
    """Return `part` in pieces: what lies in one of the periods `away`, in their order, is there as away."""
    left = [part]
    for start, end in away:
        left = [piece for whole in left for piece in _cut(whole, start, end)]
    return left


def outside(parts: Iterable[Watch], away: Sequence[tuple[datetime, datetime | None]]) -> list[Watch]:
    """Return what of these lies in none of the periods `away`."""
    return [piece for part in parts for piece in without(part, away) if not piece.away]


def within(part: Watch, roles: Iterable[tuple[datetime, datetime | None]]) -> Iterable[Watch]:
    """Yield what of `part` lies in one of these periods: a role without which nobody is there."""
    for start, end in roles:
        starts_at, ends_at = max(part.starts_at, start), earliest(part.ends_at, end)
        if ends_at is None or starts_at < ends_at:
            yield replace(part, starts_at=starts_at, ends_at=ends_at)


def _cut(one: Watch, start: datetime, end: datetime | None) -> Iterable[Watch]:
    if (
        one.away
        or (one.ends_at is not None and one.ends_at <= start)
        or (end is not None and end <= one.starts_at)
    ):
        yield one
        return
    if one.starts_at < start:
        yield replace(one, ends_at=start)
    until = earliest(one.ends_at, end)
    yield Watch(max(one.starts_at, start), until, away=True)
    if end is not None and (one.ends_at is None or end < one.ends_at):
        yield replace(one, starts_at=end)


def earliest(*ends: datetime | None) -> datetime | None:
    """The first of these ends; None where none of them is known."""
    return min((end for end in ends if end is not None), default=None)
