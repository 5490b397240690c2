"""Until when a lower risk holds: then the grade from before it counts again, whether anybody thinks of it or not."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from cases import log
from cases.deadlines import add_days
from cases.models import Child, Risk, RiskGrade
from cases.states import IllegalMove

# The London days after which a grade is to be looked at again [domain document 2d: risk review]; longer a lower one does
# not hold by itself.
HOLDS_AT_MOST: Mapping[str, int] = {Risk.LOW: 90, Risk.UNKNOWN: 28, Risk.MEDIUM: 28}


ORDER = (Risk.LOW, Risk.UNKNOWN, Risk.MEDIUM, Risk.HIGH)


def is_lower(risk: str, child: Child) -> bool:
    """Whether this grade lowers the guard: below the one that stands, or the same for longer."""
    return _rank(risk) < _rank(child.risk) or (risk == child.risk and child.risk_until is not None)


def kept(risk: str, child: Child) -> datetime | None:
    """When a grade ends that is higher than the one that stands, and lower still than the last without an end."""
    last = RiskGrade.objects.filter(child=child, until=None).order_by("-since").first()
    return child.risk_until if last is not None and _rank(risk) < _rank(last.risk) else None


def _rank(risk: str) -> int:
    return ORDER.index(Risk(risk))


def require_ahead(wanted: datetime, at: datetime) -> None:
    """Raise `IllegalMove` for an end that is over."""
    if wanted <= at:
        raise IllegalMove("The last day is today or later.")


def until(risk: str, wanted: datetime | None, *, at: datetime) -> datetime:
    """Until when a grade that is lower holds from `at`, the longest where nothing is `wanted`. IllegalMove for longer.

    In London days, as its review: whatever the clocks do between, both are due at one instant.
    """
    days = HOLDS_AT_MOST[risk]
    if wanted is None:
        return add_days(at, days)
    require_ahead(wanted, at)
    # The last day counts whole, whatever the hour at which it is written.
    if wanted > add_days(at, days + 1):
        raise IllegalMove(
            "A lower risk holds for %(days)s days at most. Grade it again then.", days=str(days)
        )
    return wanted


def over(at: datetime) -> QuerySet[Child]:
    """The children whose lower grade has come to its end."""
    return Child.objects.filter(risk_until__lte=at, closed_at=None)


def restore(pk: int, *, at: datetime) -> bool:
    """Let this child's grade from before count again, from the instant at which the lower one ended.

    False where it does, and where somebody holds the child: the next sweep comes to it.
    """
    with transaction.atomic():
        child = Child.objects.unheld().filter(pk=pk).first()
        if child is None or child.risk_until is None or child.risk_until > at or child.closed_at is not None:
            return False
        before, ended_at = child.risk, child.risk_until
        standing = _standing(
            RiskGrade.objects.filter(child=child, since__lte=ended_at).order_by("-since"), ended_at
        )
        if standing is None:
            raise TypeError("a lower grade comes after another")
        child.risk, child.risk_since, child.risk_until = standing.risk, ended_at, standing.until
        child.save(update_fields=["risk", "risk_since", "risk_until"])
        row = RiskGrade.objects.create(
            child=child,
            risk=standing.risk,
            since=ended_at,
            until=standing.until,
            reason=standing.reason,
            graded_by=None,
        )
        log.record(
            child,
            "risk_restored",
            subject=child,
            data={"from": before, "to": row.risk},
            happened_at=ended_at,
            fields={"risk": row.risk},
            by=None,
            at=at,
        )
    return True


def _standing(newest_first: Iterator[RiskGrade] | QuerySet[RiskGrade], at: datetime) -> RiskGrade | None:
    """The last grade that has not ended: of a lower one below a lower one that ended first, the one below both."""
    return next((grade for grade in newest_first if grade.until is None or grade.until > at), None)
