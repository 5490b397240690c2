"""The figures of the whole country, counted from facts: how many arrived, how many are missing now, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts import cohorts
from alerts.cohorts import Bucket, Cohort
from cases import same_child
from cases.models import Child, MissingEpisode
from cases.states import EpisodeStatus

WORDS: Mapping[str, str | Promise] = {
    "under_72_hours": _("Less than 72 hours"),
    "under_28_days": _("72 hours to 28 days"),
    "under_3_months": _("28 days to 3 months"),
    "under_1_year": _("3 months to 1 year"),
    "1_year": _("1 to 2 years"),
    "2_years": _("2 to 3 years"),
    "3_years": _("3 to 4 years"),
    "4_years": _("4 to 5 years"),
    "5_years": _("5 years or more"),
}
OVER_TWO = ("2_years", "3_years", "4_years", "5_years")


@dataclass(frozen=True)
class Line:
    """One bucket: children of the five years, and all others, who have been missing so long."""

    key: str
    cohort: int
    others: int

    @property
    def words(self) -> str:
        return str(WORDS[self.key])

    @property
    def everybody(self) -> int:
        return self.cohort + self.others


@dataclass(frozen=True)
class Figures:
    """What the page and its table of figures say, as at one instant."""

    as_at: datetime
    cohort: Cohort
    arrived: int
    lines: tuple[Line, ...]

    @property
    def missing(self) -> int:
        return sum(line.cohort for line in self.lines)

    @property
    def others(self) -> int:
        """Missing now, and arrived before or after the five years."""
        return sum(line.others for line in self.lines)

    @property
    def everybody(self) -> int:
        return self.missing + self.others

    @property
    def over_five(self) -> int:
        return self._of("5_years")

    @property
    def four(self) -> int:
        return self._of("4_years")

    @property
    def three(self) -> int:
        return self._of("3_years")

    @property
    def less(self) -> int:
        return self.missing - self.over_five - self.four - self.three

    @property
    def over_two(self) -> int:
        return sum(self._of(key) for key in OVER_TWO)

    def _of(self, key: str) -> int:
        return next(line.cohort for line in self.lines if line.key == key)


def figures(*, now: datetime) -> Figures:
    """Count the facts as they stand at `now`, in two queries for any number of children.

    Missing is a confirmed episode that is open: not one that only silence opened, not one whose recording
    was late, and not away with whereabouts known. How long counts from `since`, the later of having left
    the placement and being last seen by a responsible adult. Of two records that two people have said to be of
    one child the later one is no second arrival, and where both are missing the child is counted once.
    """
    cohort = cohorts.five_years(now)
    arrived = Child.objects.filter(
        is_drill=False, arrived_at__gte=cohort.starts_at, arrived_at__lt=cohort.ends_at
    )
    for later in same_child.later_ones():
        arrived = arrived.exclude(pk__in=later)
    within = Q(child__arrived_at__gte=cohort.starts_at, child__arrived_at__lt=cohort.ends_at)
    buckets = cohorts.buckets(now)
    wanted = {
        f"{side}_{b.key}": _count(b, q) for b in buckets for side, q in (("in", within), ("out", ~within))
    }
    missing = (
        MissingEpisode.objects.open()
        .counted()
        .filter(status=EpisodeStatus.MISSING, opened_at__lte=now, child__is_drill=False)
    )
    once = missing
    for later in same_child.later_ones(missing):
        once = once.exclude(child__in=later)
    counted = once.aggregate(**wanted)
    lines = tuple(Line(b.key, counted[f"in_{b.key}"], counted[f"out_{b.key}"]) for b in buckets)
    return Figures(now, cohort, arrived.count(), lines)


def _count(bucket: Bucket, whom: Q) -> Count:
    span = Q()
    if bucket.after is not None:
        span &= Q(since__gt=bucket.after)
    if bucket.until is not None:
        span &= Q(since__lte=bucket.until)
    return Count("pk", filter=whom & span)
