"""Until when a mark is lifted: then it counts again, whether anybody thinks of it or not."""

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from cases.deadlines import add_days
from cases.models import KeepFrom, LiveConcern, Restriction
from cases.states import IllegalMove

Mark = LiveConcern | KeepFrom | Restriction


def require(until: datetime | None, *, at: datetime) -> None:
    """Raise `IllegalMove` for an instant at which a mark lifted at `at` cannot count again; None lifts it for good."""
    if until is None:
        return
    if until <= at:
        raise IllegalMove("The last day is today or later.")
    # The last day counts whole, whatever the hour at which it is written.
    if until > add_days(at, settings.LIFTED_AT_MOST_DAYS + 1):
        raise IllegalMove(
            "A mark is lifted for %(days)s days at most, or for good.", days=str(settings.LIFTED_AT_MOST_DAYS)
        )


def end(mark: Mark, *, reason: str, until: datetime | None, second: int, by: int, at: datetime) -> None:
    """Write on the mark that it is lifted, by whom, and from when on it counts again."""
    mark.ends_at, mark.lifted_by_id, mark.seconded_by_id = at, by, second
    mark.lift_reason, mark.back_at = reason, until
    mark.save(update_fields=["ends_at", "lifted_by", "seconded_by", "lift_reason", "back_at"])


def said(until: datetime | None) -> dict[str, str]:
    """What the event of a lifting says of its end."""
    return {"until": until.isoformat()} if until is not None else {}


def concerns_over(at: datetime) -> QuerySet[LiveConcern]:
    """The live concerns that were lifted until an instant that has come, and do not count again yet."""
    return LiveConcern.objects.filter(back_at__lte=at, is_back=False, child__closed_at=None)


def keep_from_over(at: datetime) -> QuerySet[KeepFrom]:
    """The same of the keep-from marks."""
    return KeepFrom.objects.filter(back_at__lte=at, is_back=False, child__closed_at=None)


def restrictions_over(at: datetime) -> QuerySet[Restriction]:
    """The same of the restrictions."""
    return Restriction.objects.filter(back_at__lte=at, is_back=False, child__closed_at=None)
