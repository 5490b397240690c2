"""The verbs of a child's age: record a birth date that somebody gives, and a decision about the age."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from cases import called_off, care, details, log, repeated, triggers
from cases.catalogue import written
from cases.deadlines import london_day, midday
from cases.models import AgeDecision, BirthDateClaim, CareEnd, Child, Trigger, User
from cases.moves import require_open, require_read
from cases.states import AGE_MOVES, AgeStatus, IllegalMove

# These end the watch, or leave of it a visit each week.
BY_TWO = frozenset({AgeStatus.ASSESSED_ADULT, AgeStatus.ADULT_ELSEWHERE})


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was decided, by whom, when and why; `place` of somebody who is held or housed as an adult elsewhere."""

    age_status: str
    decided_date: date
    decided_by: str
    grounds: str
    place: str = ""


def read_of(child: Child) -> int:
    """The key of what somebody reads before they record a decision: of the last one, 0 for none."""
    rows = AgeDecision.objects.filter(child=child).order_by("-recorded_at", "-pk")
    return rows.values_list("pk", flat=True).first() or 0


def decide(
    child: Child,
    decision: Decision,
    *,
    stood: int | None = None,
    seconded_by: User | None = None,
    by: User,
    at: datetime,
) -> AgeDecision:
    """Record a decision about the child's age.

    "Assessed as an adult" ends the contact clocks and an open journey, never an open episode; "treated as an adult
    elsewhere" leaves of them a visit each week where no placement stands. Both take a second person. A challenge puts the
    child back under watch from `at` on, and never waits. Each decision is a trigger, for the 72 hours around it. Raises
    `IllegalMove` where the decision cannot follow from the one that stands, and `Overtaken` where another stands than the
    one that was read, by its key `stood`, as `read_of` has it.
    """
    with transaction.atomic():
        is_adult = decision.age_status == AgeStatus.ASSESSED_ADULT
        watched = called_off.lock(child.pk, at=at) if is_adult else {child.pk}
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        if stood is not None:
            require_read(stood, read_of(child))
        _require(child, decision, seconded_by, by, at)
        row = AgeDecision.objects.create(
            child=child,
            was=child.age_status,
            recorded_at=at,
            recorded_by=by,
            seconded_by=seconded_by if decision.age_status in BY_TWO else None,
            **vars(decision),
        )
        child.age_status = decision.age_status
        child.save(update_fields=["age_status"])
        data = {"from": row.was, "to": row.age_status}
        log.record(child, "age_decided", subject=row, data=data, fields=vars(decision), by=by, at=at)
        if is_adult:
            called_off.with_assessment(child, watched, by=by, at=at)
        else:
            care.take_up(child, frozenset({CareEnd.Code.ADULT}), by=by, at=at)
        _watch_closely(row, child, by=by, at=at)
    return row


def _watch_closely(row: AgeDecision, child: Child, *, by: User, at: datetime) -> None:
    """A decision about the age is what children run from; of one of another day the hour is not known."""
    decided_at = at if row.decided_date == london_day(at) else midday(row.decided_date)
    kind, note = Trigger.Kind.AGE, written(AgeStatus(row.age_status).label)
    triggers.enter(child, kind=kind, note=note, happens_at=decided_at, key=uuid.uuid4(), by=by, at=at)


def _require(child: Child, decision: Decision, seconded_by: User | None, by: User, at: datetime) -> None:
    if decision.age_status not in AGE_MOVES[child.age_status]:
        raise IllegalMove(
            "This cannot follow from “%(current)s”.", current=str(AgeStatus(child.age_status).label)
        )
    if decision.decided_date > london_day(at):
        raise IllegalMove("The decision must be of today or in the past.")
    if not decision.decided_by.strip() or not decision.grounds.strip():
        raise IllegalMove("Enter who decided and on which grounds.")
    if decision.age_status == AgeStatus.ADULT_ELSEWHERE and not decision.place.strip():
        raise IllegalMove("Enter where the child is held or housed as an adult.")
    if decision.age_status in BY_TWO and (seconded_by is None or seconded_by.pk == by.pk):
        raise IllegalMove("Hardly anybody is asked any more where an adult is: that needs a second person.")


def claim(
    child: Child,
    *,
    birth_date: date,
    precision: str,
    basis: str,
    source: str,
    goes_by_it: bool,
    reason: str = "",
    version: int,
    by: User,
    at: datetime,
) -> BirthDateClaim:
    """Record a birth date that `source` gives; with `goes_by_it` the child's age goes by it, and `reason` says why.

    A day that is not known is the 15th of its month (children-looked-after return). The same words of the same person on
    one day are one. `version` is that of the topic "age" when it was read. Raises `details.ChangedSince` where somebody
    was quicker, and `IllegalMove`.
    """
    if birth_date > london_day(at):
        raise IllegalMove("The birth date must be in the past.")
    if not source.strip():
        raise IllegalMove("Enter who or what says so.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        said: dict[str, Any] = {
            "birth_date": birth_date,
            "precision": precision,
            "basis": basis,
            "source": source,
            "goes_by_it": goes_by_it,
            "reason": reason,
        }
        last = BirthDateClaim.objects.filter(child=child).order_by("-recorded_at", "-pk").first()
        if last is not None and _is_sent_again(last, said, child, by, at):
            return last
        row = BirthDateClaim.objects.create(child=child, recorded_at=at, recorded_by=by, **said)
        log.record(
            child,
            "birth_date_claimed",
            subject=row,
            data={"goes_by_it": goes_by_it},
            fields={"birth_date": birth_date, "precision": precision, "basis": basis, "source": source},
            by=by,
            at=at,
        )
        if goes_by_it:
            now_known = {
                "birth_date": birth_date,
                "birth_date_precision": precision,
                "birth_date_basis": basis,
            }
            details.change(child, now_known, topic="age", version=version, by=by, at=at)
    return row


def _is_sent_again(
    last: BirthDateClaim, said: Mapping[str, Any], child: Child, by: User, at: datetime
) -> bool:
    """Of one by which the age goes only while the locked child goes by it still: somebody may have changed that since."""
    stands = (child.birth_date, child.birth_date_precision, child.birth_date_basis)
    if last.goes_by_it and stands != (last.birth_date, last.precision, last.basis):
        return False
    return repeated.is_same(last, said, recorded_at=last.recorded_at, by=by, at=at)
