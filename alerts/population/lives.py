"""One child's life as rows and as the events that wrote them: registered, placed, watched over, seen, and closed."""

import uuid
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from alerts.population import names, stays, watching
from alerts.population.plan import Life
from alerts.population.stage import Stage
from alerts.population.told import DAY, Told
from cases import birthdays, turnings
from cases.children import Details
from cases.models import (
    Allocation,
    BirthDatePrecision,
    Child,
    Responsibility,
    RiskAssessment,
    RiskGrade,
    Trafficking,
)
from cases.search import keys
from guardians.facts import FOR_EVERY_CHILD

# Who turns 17 years and 9 months old within so long of the sowing is watched by all that follows from it.
NO_TURN = timedelta(days=7)
DETAILS = tuple(one.name for one in fields(Details))


def begin(stage: Stage, life: Life, reference: str) -> Told:
    """Register the child, under the authority in which they came in, and pass them on where they were passed on."""
    place = stage.places[life.place]
    worker = place.worker_of[place.taken["worker"] % len(place.worker_of)]
    place.taken["worker"] += 1
    child = stage.book.add(_child(stage, life, reference))
    _keep_from_turning(child, at=stage.at)
    for key in keys.rows_of(child):
        stage.book.add(key)
    told = Told(child, life, place, worker, life.closed_at or stage.at)
    _responsible(stage, told)
    return told


def _child(stage: Stage, life: Life, reference: str) -> Child:
    """Who came, as an intake would write it down."""
    given, family, script_name, script = names.of_child(life.nationality, life.sex, stage.rng)
    return Child(
        key=uuid.UUID(int=stage.rng.getrandbits(128), version=4),
        reference=reference,
        given_name=given,
        family_name=family,
        script_name=script_name,
        script_language=script,
        sex=life.sex,
        birth_date=life.birth_date,
        birth_date_precision=stage.rng.choices(("day", "month", "year"), (70, 15, 15))[0],
        nationality=life.nationality.name,
        languages=list(life.nationality.languages[: stage.rng.choice((1, 1, 2))]),
        interpreter_needed=stage.rng.random() < 0.9,
        trafficking=Trafficking.YES if life.trafficked else Trafficking.NO,
        # Whoever has signs of trafficking was referred long ago.
        nrm_reference=f"NRM-{reference[2:]}" if life.trafficked else "",
        police_reference="",
        nhs_number="",
        arrived_at=life.arrived_at,
        arrival_place=stage.rng.choice(
            ("Dover", "Dover", "Dover", "Ramsgate", "Heathrow", "Lorry, M20", "Portsmouth")
        ),
        registered_at=life.registered_at,
        registered_by=stage.register,
        closed_at=life.closed_at,
        close_reason=life.close_reason,
    )


def _keep_from_turning(child: Child, *, at: datetime) -> None:
    """Let who would be 17 years and 9 months old about now be it already: they are watched closely, and no home calls."""
    moment = turnings.moment_of(child)
    if (
        child.birth_date is None
        or child.closed_at is not None
        or moment is None
        or abs(moment - at) > NO_TURN
    ):
        return
    child.birth_date = birthdays.gone_by(child.birth_date, child.birth_date_precision) - 2 * NO_TURN
    child.birth_date_precision = BirthDatePrecision.DAY


def _responsible(stage: Stage, told: Told) -> None:
    life, child = told.life, told.child
    first = told.place if life.entered is None else stage.places[life.entered]
    at = life.registered_at
    stage.book.add(
        Responsibility(child=child, authority=first.authority, starts_at=at, recorded_by=stage.register)
    )
    worker = told.worker if life.entered is None else first.worker_of[0]
    allocation = stage.book.add(Allocation(child=child, team=first.team, worker=worker, starts_at=at))
    told.tell(
        "registered",
        subject=child,
        by=stage.register,
        at=at,
        data={"authority": first.authority.code, "team": first.team.name},
        fields={name: getattr(child, name) for name in DETAILS},
    )
    if life.entered is None:
        return
    passed = at + 10 * DAY
    row = stage.book.add(
        Responsibility(child=child, authority=told.place.authority, starts_at=passed, recorded_by=first.duty)
    )
    codes = {"from": first.authority.code, "to": told.place.authority.code}
    told.tell("responsibility_started", subject=row, by=first.duty, at=passed, data=codes)
    allocation.ends_at = passed
    own = stage.book.add(
        Allocation(
            child=child, team=told.place.team, worker=told.worker, starts_at=passed + timedelta(minutes=9)
        )
    )
    data = {"team": told.place.team.name, "worker": told.worker.pk}
    told.tell("allocated", subject=own, by=told.place.manager, at=own.starts_at, data=data)


def live(stage: Stage, told: Told) -> None:
    """Placements, grades, a guardian, and who saw the child."""
    stays.stay(stage, told)
    _grade(stage, told)
    owed = told.life.trafficked or told.place.authority.nation in FOR_EVERY_CHILD
    if owed and told.place.service is not None:
        watching.guard(stage, told)
    if owed and told.life.open and (told.guardian is None or told.guardian.ends_at is not None):
        watching.stand_in(stage, told)
    watching.be_seen(stage, told)


def end(told: Told) -> None:
    """Close the file: the placement and the guardian's work end with it."""
    life = told.life
    if life.closed_at is None:
        return
    at = life.closed_at
    placement, _ = told.stays[-1]
    told.tell(
        "placement_ended",
        subject=placement,
        by=told.worker,
        at=at,
        data={"home": placement.home_id, "reason": life.close_reason},
    )
    if told.guardian is not None and told.guardian.ends_at == at:
        data = {"guardian": told.guardian.guardian_id, "reason": life.close_reason}
        told.tell("guardian_assignment_ended", subject=told.guardian, by=told.place.manager, at=at, data=data)
    told.tell("closed", subject=told.child, by=told.place.manager, at=at, data={"reason": life.close_reason})


def _grade(stage: Stage, told: Told) -> None:
    """Medium at first; after four weeks what it has been since, lowered by two people; high from when a child is missing."""
    life, child = told.life, told.child
    grades = [("medium", life.registered_at, "")]
    again = life.registered_at + timedelta(days=28, hours=stage.rng.randrange(9))
    if again < min(life.since or told.until, told.until) - DAY:
        after = "low" if life.settled else stage.rng.choices(("low", "medium", "high"), (60, 30, 10))[0]
        if after != "medium":
            grades.append((after, again, "Four weeks' review: " + _REASONS[after]))
    if life.since is not None and grades[-1][0] != "high":
        grades.append(("high", life.since + timedelta(hours=26), "Missing."))
    for number, (risk, since, reason) in enumerate(grades):
        lowered = risk == "low"
        graded = stage.book.add(
            RiskGrade(
                child=child,
                risk=risk,
                since=since,
                reason=reason,
                graded_by=told.worker if number else child.registered_by,
                seconded_by=told.place.manager if lowered else None,
            )
        )
        if number:
            _assess(stage, told, graded, grades[number - 1][0])
            before = grades[number - 1][0]
            second = told.place.manager.pk if lowered else None
            data = {"from": before, "to": risk, "seconded_by": second}
            said = {"risk": risk, "reason": reason}
            told.tell("risk_graded", subject=child, by=told.worker, at=since, data=data, fields=said)
    child.risk, child.risk_since = grades[-1][:2]


def _assess(stage: Stage, told: Told, graded: RiskGrade, before: str) -> None:
    """The assessment on which a grade rests."""
    second = graded.seconded_by
    row = stage.book.add(
        RiskAssessment(
            key=uuid.UUID(int=stage.rng.getrandbits(128), version=4),
            child=told.child,
            grade=graded.risk,
            before=before,
            rationale=graded.reason,
            domains=_DOMAINS[graded.risk],
            assessed_at=graded.since,
            recorded_at=graded.since,
            assessed_by=told.worker,
            agreed_at=graded.since if second else None,
            agreed_by=second,
        )
    )
    data = {"grade": graded.risk, "before": before, "waits": False}
    fields = {"rationale": graded.reason}
    told.tell("risk_assessed", subject=row, by=told.worker, at=graded.since, data=data, fields=fields)


_DOMAINS: dict[str, dict[str, Any]] = {
    "low": {
        "leaving": {"factors": {"missing_before": "no", "packed": "no"}, "evidence": "", "source": ""},
        "links": {
            "factors": {"bullied": "no"},
            "evidence": "Has friends at college.",
            "source": "Key worker",
        },
    },
    "high": {
        "control": {
            "factors": {"debt": "yes"},
            "evidence": "Talks of a debt, has a second phone.",
            "source": "Key worker",
        }
    },
}
_REASONS = {
    "low": "goes to college, sees friends, answers the phone.",
    "high": "talks of a debt, has a second phone and will not say whose.",
}
