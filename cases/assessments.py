"""The verbs of a risk assessment: record one, and agree to the lower grade of one that waits for it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from cases import children, details, log, risk_ends
from cases.clock import TOLERANCE
from cases.deadlines import london_day
from cases.models import AssessmentReading, Child, MissingEpisode, Risk, RiskAssessment, User
from cases.models.assessments import FACTORS, GRADES, INDICATORS, Answer, Domain
from cases.moves import require_open, require_read, require_same
from cases.states import IllegalMove


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What somebody found: answers, evidence and source by domain, the grade and why."""

    grade: str
    rationale: str
    domains: Mapping[str, Any] = field(default_factory=dict)
    protective: str = ""
    contributors: str = ""
    changed: str = ""
    again_by: date | None = None
    assessed_at: datetime
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def record(
    child: Child,
    found: Assessment,
    *,
    stood: int | None = None,
    seconded_by: User | None = None,
    by: User,
    at: datetime,
) -> RiskAssessment:
    """Keep an assessment, which sets the child's risk; the same form again returns the one that stands.

    Signs of trafficking among its answers are on record of the child in the same commit.

    A higher grade takes effect at once. A lower one takes effect with the second person, be it here or later by
    `agree`: until then the child is watched as before. Raises `IllegalMove` for no reason, for a factor without
    evidence and source, for a sign of trafficking without how it is known, for a time ahead, for one before the latest
    on record, and for a day of the next look before its own; `SentBefore` for the same key with other words;
    `Overtaken` where another stands than the one that was read, by its key `stood`.
    """
    _require(found, at)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = RiskAssessment.objects.filter(key=found.key).first()
        if standing is not None:
            _require_same(standing, found, child, by, at)
            if seconded_by is not None and waits(standing, child):
                # Signed since it was sent first.
                _require_other(standing, seconded_by)
                _agreed(standing, child, seconded_by, at)
            return standing
        require_open(child.closed_at)
        _require_latest(child, found, stood)
        row = RiskAssessment.objects.create(
            child=child,
            before=child.risk,
            police_grade=_police_grade(child),
            assessed_by=by,
            recorded_at=at,
            **_said(found, at),
        )
        lowers = risk_ends.is_lower(found.grade, child)
        if lowers and seconded_by is not None:
            _require_other(row, seconded_by)
            row.agreed_at, row.agreed_by = at, seconded_by
            row.save(update_fields=["agreed_at", "agreed_by"])
        log.record(
            child,
            "risk_assessed",
            subject=row,
            data={"grade": row.grade, "before": row.before, "waits": lowers and seconded_by is None},
            happened_at=row.assessed_at,
            fields={name: value for name, value in vars(found).items() if name != "key"},
            by=by,
            at=at,
        )
        if seconded_by is not None if lowers else row.grade != child.risk:
            children.grade(child, row.grade, reason=row.rationale, seconded_by=row.agreed_by, by=by, at=at)
        if says_trafficking(row):
            details.say_signs(child, by=by, at=at)
    return row


def _require_latest(child: Child, found: Assessment, stood: int | None) -> None:
    last = latest(child)
    require_read(stood, last.pk if last is not None else 0)
    if last is not None and found.assessed_at < last.assessed_at:
        raise IllegalMove("A later assessment is on record already.")


def says_trafficking(row: RiskAssessment) -> bool:
    """Whether signs of trafficking were answered with yes."""
    factors = row.domains.get(Domain.CONTROL, {}).get("factors", {})
    return bool(factors.get("trafficking") == Answer.YES)


def agree(assessment: RiskAssessment, *, by: User, at: datetime) -> RiskAssessment:
    """Agree, as the second person, that the child is watched by the lower grade from now on."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=assessment.child_id)
        row = RiskAssessment.objects.select_related("assessed_by").get(pk=assessment.pk)
        if not waits(row, child):
            raise IllegalMove("This assessment waits for nobody any more. Look at the latest.")
        _require_other(row, by)
        _agreed(row, child, by, at)
    return row


def read(
    assessment: RiskAssessment, *, signed: bool, words: str = "", by: User, at: datetime
) -> AssessmentReading:
    """Sign as a manager what another person assessed, or send it back with words, which asks for another within a day.

    Signing agrees to a lower grade that waits. Of one that is sent back the grade before counts again at once where it
    was higher. Raises `IllegalMove` for the writer, without words, and for all but the latest, the first time.
    """
    if not signed and not words.strip():
        raise IllegalMove("Enter what is to be looked at again.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=assessment.child_id)
        require_open(child.closed_at)
        row = RiskAssessment.objects.select_related("assessed_by").get(pk=assessment.pk)
        newest = latest(child)
        if newest is None or newest.pk != row.pk or _reading(row) is not None:
            raise IllegalMove("This assessment waits for nobody any more. Look at the latest.")
        if row.assessed_by_id == by.pk:
            raise IllegalMove("Another person than who assessed it reads it.")
        waited = waits(row, child)
        reading = AssessmentReading.objects.create(
            assessment=row,
            child=child,
            assessed_by=row.assessed_by,
            read_by=by,
            read_at=at,
            signed=signed,
            words=words.strip(),
        )
        if signed and waited:
            _agreed(row, child, by, at)
        log.record(
            child,
            "assessment_signed" if signed else "assessment_sent_back",
            subject=reading,
            fields={"words": reading.words},
            by=by,
            at=at,
        )
        if not signed and _lowers(row, child):
            children.grade(child, row.before, reason=reading.words, by=by, at=at)
    return reading


def latest(child: Child) -> RiskAssessment | None:
    """The one in whose place no later has come."""
    return RiskAssessment.objects.filter(child=child).select_related("assessed_by", "agreed_by").first()


def waits(row: RiskAssessment, child: Child) -> bool:
    """Whether its lower grade waits for a second person: the latest, and nobody has graded the risk since."""
    newest = latest(child)
    return (
        newest is not None
        and newest.pk == row.pk
        and row.agreed_at is None
        and risk_ends.is_lower(row.grade, child)
        and child.risk == row.before
        and child.risk_since <= row.recorded_at
        and _reading(row) is None
    )


def _agreed(row: RiskAssessment, child: Child, by: User, at: datetime) -> None:
    row.agreed_at, row.agreed_by = at, by
    row.save(update_fields=["agreed_at", "agreed_by"])
    children.grade(child, row.grade, reason=row.rationale, seconded_by=row.assessed_by, by=by, at=at)


def _lowers(row: RiskAssessment, child: Child) -> bool:
    """Whether the grade in force is this one's, and lower than what it found."""
    in_force = row.agreed_at is not None and child.risk == row.grade and child.risk_since >= row.agreed_at
    return in_force and risk_ends.ORDER.index(Risk(row.grade)) < risk_ends.ORDER.index(Risk(row.before))


def _reading(row: RiskAssessment) -> AssessmentReading | None:
    return AssessmentReading.objects.filter(assessment=row).first()


def _require(found: Assessment, at: datetime) -> None:
    if found.grade not in GRADES:
        raise IllegalMove("Select the grade.")
    if not found.rationale.strip():
        raise IllegalMove("Enter why you chose this grade.")
    if found.assessed_at > at + TOLERANCE:
        raise IllegalMove("The time of the assessment must be now or in the past.")
    if found.again_by is not None and found.again_by < london_day(found.assessed_at):
        raise IllegalMove("It cannot be looked at again before it was assessed.")
    for domain, said in found.domains.items():
        factors = said.get("factors", {})
        signs = said.get("indicators", {})
        of_domain = INDICATORS if domain == Domain.CONTROL else ()
        if domain not in FACTORS or not (
            set(factors) <= set(FACTORS[domain]) and set(signs) <= set(of_domain)
        ):
            raise ValueError(f"{domain} is asked nothing of the kind")
        if not all(known.strip() for known in signs.values()):
            raise IllegalMove("Enter how each sign of trafficking is known.")
        if signs and factors.get("trafficking") != Answer.YES:
            raise IllegalMove("Where a sign of trafficking was seen, there are signs of trafficking.")
        # How each sign is known is the evidence.
        told = (signs or said.get("evidence", "").strip()) and said.get("source", "").strip()
        if Answer.YES in factors.values() and not told:
            raise IllegalMove("Enter the evidence, and who gave it, wherever an answer is yes.")


def _police_grade(child: Child) -> str:
    graded = MissingEpisode.objects.filter(child=child).exclude(police_grade="").order_by("-number").first()
    return graded.police_grade if graded is not None else ""


def _require_other(row: RiskAssessment, second: User) -> None:
    if second.pk == row.assessed_by_id:
        raise IllegalMove("Lowering the risk needs a second person.")


def _said(found: Assessment, at: datetime) -> dict[str, Any]:
    said = {"assessed_at": min(found.assessed_at, at), "rationale": found.rationale.strip()}
    return {**vars(found), **said}


def _require_same(standing: RiskAssessment, found: Assessment, child: Child, by: User, at: datetime) -> None:
    if standing.child_id != child.pk or standing.assessed_by_id != by.pk:
        raise IllegalMove("This form was sent for another child.")
    said = _said(found, at)
    if said["assessed_at"] == at and standing.assessed_at == standing.recorded_at:
        # "Now" was said both times.
        del said["assessed_at"]
    require_same(standing, said)
