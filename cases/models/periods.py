"""The expressions that every period shares: its range, its being current, and its overlap with another."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import CheckConstraint, F, Func, Index, OuterRef, Q


def current(at: datetime | OuterRef) -> Q:
    """Rows whose period [starts_at, ends_at) holds `at`, an instant or that of an outer row."""
    return Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))


def not_over(at: datetime) -> Q:
    """Rows that hold `at` or begin later: under a lock, also what somebody began after whoever waited had read the clock."""
    return Q(ends_at=None) | Q(ends_at__gt=at)


def stands(at: datetime) -> Q:
    """Of marks that may be lifted until a day: those that hold at `at`, and those whose lifting is over by then.

    Such a one counts from that instant on, whether its successor is written yet or not.
    """
    return current(at) | Q(back_at__lte=at, is_back=False)


def back_after_end(name: str) -> CheckConstraint:
    """A mark counts again after it was lifted, and is back where it was to come back."""
    lifted = Q(ends_at__isnull=False, back_at__gt=F("ends_at"))
    return CheckConstraint(name=name, condition=Q(back_at=None, is_back=False) | lifted)


def comes_back(name: str) -> Index:
    """Those that are to count again: few at any time, and looked for by every sweep."""
    return Index(fields=["back_at"], name=name, condition=Q(back_at__isnull=False, is_back=False))


def overlaps(since: datetime, until: datetime) -> Q:
    """Rows whose period shares an instant with [since, until)."""
    return Q(starts_at__lt=until) & (Q(ends_at=None) | Q(ends_at__gt=since))


def ends_after_start(name: str) -> CheckConstraint:
    return CheckConstraint(name=name, condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")))


def no_overlap(name: str, *fields: str, condition: Q | None = None) -> ExclusionConstraint:
    """No two rows alike in `fields` may have overlapping periods [starts_at, ends_at)."""
    period = Func(
        F("starts_at"), F("ends_at"), RangeBoundary(), function="TSTZRANGE", output_field=DateTimeRangeField()
    )
    expressions: list[tuple[str | models.Func, str]] = [(field, RangeOperators.EQUAL) for field in fields]
    return ExclusionConstraint(
        name=name, expressions=[*expressions, (period, RangeOperators.OVERLAPS)], condition=condition
    )
