"""The verbs of a period without a guardian: say why there is none and who stands in, and take it back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from cases import log, repeated
from cases.deadlines import london_day
from cases.models import Child, User
from cases.moves import require_open, require_read
from cases.states import IllegalMove
from guardians.models import GuardianAssignment, NoGuardian

# A reason stands this long at most: services open, and children change their minds.
REVIEWED_WITHIN = timedelta(days=183)


@dataclass(frozen=True, kw_only=True)
class Fallback:
    """Who stands in for a guardian, and when somebody looks again."""

    kind: str
    name: str
    phone: str
    organisation: str
    review_date: date


def record(
    child: Child,
    *,
    kind: str,
    reason: str,
    fallback: Fallback | None = None,
    stood: int | None = None,
    by: User,
    at: datetime,
) -> NoGuardian:
    """Say from now on why `child` has no guardian; it takes the place of what was said before.

    The same words of the same person on one day are one. `stood` is the key of what the writer read, 0 for nothing:
    raises `Overtaken` where something else stands by now. Raises `IllegalMove` while a guardian is assigned, without a
    reason, and for a review past or over six months away.
    """
    if not reason.strip():
        raise IllegalMove("Enter why there is no guardian.")
    if fallback is not None:
        _require_review(fallback.review_date, at)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        if GuardianAssignment.objects.standing(at).filter(child=child).exists():
            raise IllegalMove("A guardian is assigned. End that assignment first.")
        last = standing(child)
        said: dict[str, Any] = {"kind": kind, "reason": reason.strip(), **_stored(fallback)}
        if last is not None and repeated.is_same(last, said, recorded_at=last.starts_at, by=by, at=at):
            return last
        require_read(stood, last.pk if last is not None else 0)
        end_standing(child, at=at)
        row = NoGuardian.objects.create(
            child=child,
            starts_at=at,
            recorded_by=by,
            **said,
        )
        data = {"kind": kind, "fallback": fallback.kind if fallback else ""}
        fields = {"reason": row.reason, "fallback": row.fallback_name}
        log.record(child, "no_guardian_recorded", subject=row, data=data, fields=fields, by=by, at=at)
    return row


def standing(child: Child) -> NoGuardian | None:
    """Why the child has no guardian, as it was said last; None where nobody has said it, or there is one since."""
    return NoGuardian.objects.filter(child=child, ends_at=None).first()


def end_standing(child: Child, *, at: datetime) -> None:
    """End the reason that stands for this locked child; whoever calls this writes the event.

    Raises `IllegalMove` where it was recorded at the same moment: a reason that stood for none would say nothing.
    """
    rows = NoGuardian.objects.filter(child=child, ends_at=None)
    if rows.filter(starts_at__gte=at).exists():
        raise IllegalMove("Why there is no guardian was recorded at this very moment. Try again.")
    rows.update(ends_at=at)


def _require_review(day: date, at: datetime) -> None:
    today = london_day(at)
    if day <= today:
        raise IllegalMove("The review must be after today.")
    if day > today + REVIEWED_WITHIN:
        raise IllegalMove("The review must be within six months.")


def _stored(fallback: Fallback | None) -> dict[str, str | date | None]:
    if fallback is None:
        return {
            "fallback_kind": "",
            "fallback_name": "",
            "fallback_phone": "",
            "fallback_organisation": "",
            "review_date": None,
        }
    return {
        "fallback_kind": fallback.kind,
        "fallback_name": fallback.name,
        "fallback_phone": fallback.phone,
        "fallback_organisation": fallback.organisation,
        "review_date": fallback.review_date,
    }
