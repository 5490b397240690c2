"""The expressions that every period shares: its range, its being current, and its overlap with another."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q


def current(at: datetime) -> Q:
    """Rows whose period [starts_at, ends_at) holds `at`."""
    return Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))


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
