"""One child's life as rows and as the events that wrote them: registered, placed, watched over, seen, and closed."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import models

from alerts.population import names, plan
from alerts.population.plan import Life
from alerts.population.stage import KINDS, House, Place, Stage
from cases import grants
from cases.children import Details
from cases.log import Entry
from cases.models import (
    Allocation,
    Child,
    ChildGroupPermission,
    Contact,
    Means,
    Outcome,
    Placement,
    Responsibility,
    RiskGrade,
    Trafficking,
    User,
    WitnessRole,
)
from cases.people import home_group, host_group, person_group
from guardians.models import GuardianAssignment

Written = tuple[Entry, User | None, datetime]
DAY = timedelta(days=1)
# A child who stays in one placement so long, at low risk, is settled; these have been for longer.
SETTLED_FOR = timedelta(days=100)
DETAILS = tuple(one.name for one in fields(Details))


@dataclass
class Told:
    """A child with what has been entered of them so far."""

    child: Child
    life: Life
    place: Place
    worker: User
    until: datetime
    past: list[Written] = field(default_factory=list)
    stays: list[tuple[Placement, House]] = field(default_factory=list)
    guardian: GuardianAssignment | None = None

    def tell(
        self,
        kind: str,
        *,
        subject: models.Model | None = None,
        by: User | None,
        at: datetime,
        happened_at: datetime | None = None,
        data: dict[str, Any] | None = None,
        fields: dict[str, Any] | None = None,
    ) -> None:
        """Keep the event that a verb would have written."""
        entry = Entry(
            child_id=self.child.pk,
            kind=kind,
            subject=subject,
            data=data or {},
            happened_at=happened_at,
            fields=fields,
        )
        self.past.append((entry, by, at))

    def house_at(self, moment: datetime) -> tuple[Placement, House] | None:
        """Where the child lived at `moment`."""
        inside = (
            stay for stay in self.stays
            if stay[0].starts_at <= moment and (stay[0].ends_at is None or moment < stay[0].ends_at)
        )  # fmt: skip
        return next(inside, None)


def begin(stage: Stage, life: Life, reference: str) -> Told:
    """Register the child, under the authority in which they came in, and pass them on where they were passed on."""
    given, family, script_name, script = names.of_child(life.nationality, life.sex, stage.rng)
    place = stage.places[life.place]
    worker = place.worker_of[place.taken["worker"] % len(place.worker_of)]
    place.taken["worker"] += 1
    child = stage.book.add(
        Child(
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
            arrived_at=life.arrived_at,
            arrival_place=stage.rng.choice(
                ("Dover", "Dover", "Dover", "Ramsgate", "Heathrow", "Lorry, M20", "Portsmouth")
            ),
            registered_at=life.registered_at,
            registered_by=stage.register,
            closed_at=life.closed_at,
            close_reason=life.close_reason,
        )
    )
    told = Told(child, life, place, worker, life.closed_at or stage.at)
    _responsible(stage, told)
    return told


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
    _stay(stage, told)
    _grade(stage, told)
    if told.life.trafficked and told.place.service is not None:
        _guard(stage, told)
    _be_seen(stage, told)


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


def _stay(stage: Stage, told: Told) -> None:
    """One to three placements, the last long enough for whoever is settled, and left when a search has lasted."""
    life = told.life
    began = life.registered_at + timedelta(hours=1)
    last_start = (life.since or told.until) - (SETTLED_FOR if life.settled else timedelta(hours=8))
    starts = [min(began, last_start)]
    for step in (stage.rng.uniform(9, 30), stage.rng.uniform(90, 400)):
        start = starts[-1] + timedelta(days=step)
        if start < min(last_start, told.until - 10 * DAY) and (len(starts) == 1 or stage.rng.random() < 0.3):
            starts.append(start.replace(second=0, microsecond=0))
    left = told.life.closed_at
    if life.since is not None:
        lasted = life.since + timedelta(days=stage.rng.uniform(30, 60))
        left = lasted.replace(second=0, microsecond=0) if lasted < stage.at else None
    for number, start in enumerate(starts):
        ends = starts[number + 1] if number + 1 < len(starts) else left
        early = life.entered is not None and start < life.registered_at + 10 * DAY
        place = stage.places[life.entered or 0] if early else told.place
        house = _a_house(stage, place, near=number == 0)
        _place(stage, told, house, start, ends)
    if life.since is not None and left is not None:
        placement, _ = told.stays[-1]
        data = {"home": placement.home_id, "reason": "Not back; the bed could not be kept longer"}
        told.tell("placement_ended", subject=placement, by=told.place.duty, at=left, data=data)


def _place(stage: Stage, told: Told, house: House, start: datetime, ends: datetime | None) -> None:
    home = house.home
    placement = stage.book.add(
        Placement(
            child=told.child,
            type=house.kind,
            home=home,
            postcode=home.postcode,
            phone=home.phone,
            host_authority_id=home.authority_id,
            force=home.authority.force,
            host_notified=True,
            starts_at=start,
            ends_at=ends,
            recorded_by=told.worker,
        )
    )
    told.stays.append((placement, house))
    if ends is None:
        give(stage, told.child, grants.LOOK_AFTER, home_group(home.pk))
        give(stage, told.child, grants.HOST, host_group(home.authority_id))
    told.tell(
        "placement_started",
        subject=placement,
        by=told.worker,
        at=start + timedelta(minutes=20),
        happened_at=start,
        data={"type": house.kind, "home": home.pk, "host_authority": home.authority.code},
        fields={"address": "", "phone": home.phone, "room": ""},
    )


def give(stage: Stage, child: Child, codename: str, group: str) -> None:
    """The grant that follows from the fact."""
    stage.book.add(
        ChildGroupPermission(
            content_object=child, permission_id=grants.permission_id(codename), group=stage.groups[group]
        )
    )


def _a_house(stage: Stage, place: Place, *, near: bool) -> House:
    """A bed with the authority itself, or, for nearly half, with another: of the same region where there is one."""
    (kind,) = stage.rng.choices([kind for kind, _ in KINDS], [share for _, share in KINDS])
    if not near and stage.rng.random() < 0.45:
        own = place.authority
        others = [p for p in stage.places if p.authority.region == own.region and p is not place]
        place = stage.rng.choice(others or stage.places)
    houses = place.houses[kind]
    place.taken[kind] += 1
    return houses[place.taken[kind] % len(houses)]


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
        stage.book.add(
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
            before = grades[number - 1][0]
            second = told.place.manager.pk if lowered else None
            data = {"from": before, "to": risk, "seconded_by": second}
            said = {"risk": risk, "reason": reason}
            told.tell("risk_graded", subject=child, by=told.worker, at=since, data=data, fields=said)
    child.risk, child.risk_since = grades[-1][:2]


_REASONS = {
    "low": "goes to college, sees friends, answers the phone.",
    "high": "talks of a debt, has a second phone and will not say whose.",
}


def _guard(stage: Stage, told: Told) -> None:
    service = told.place.service
    start = told.life.registered_at + timedelta(days=stage.rng.uniform(2, 15))
    start = start.replace(second=0, microsecond=0)
    if service is None or start > (told.life.since or told.until) - DAY:
        return
    ends, reason = told.life.closed_at, told.life.close_reason
    last = service.service.ends_date
    if last is not None:
        over = start.replace(year=last.year, month=last.month, day=last.day, hour=16, minute=0)
        if over <= start:
            return
        if over < min(ends or stage.at, stage.at):
            ends, reason = over, "The service ended"
    guardian = stage.rng.choice(service.guardians)
    assignment = stage.book.add(
        GuardianAssignment(
            child=told.child,
            guardian=guardian,
            service=service.service,
            starts_at=start,
            ends_at=ends,
            recorded_by=told.place.manager,
        )
    )
    told.guardian = assignment
    data = {"guardian": guardian.pk, "kind": assignment.kind}
    told.tell("guardian_assigned", subject=assignment, by=told.place.manager, at=start, data=data)
    if ends is None:
        give(stage, told.child, grants.WATCH_OVER, person_group(guardian.pk))
    elif ends != told.life.closed_at:
        data = {"guardian": guardian.pk, "reason": reason}
        told.tell("guardian_assignment_ended", subject=assignment, by=told.place.manager, at=ends, data=data)


def _be_seen(stage: Stage, told: Told) -> None:
    """Whoever is watched now: by the home last evening, by somebody else in the days before; of the past a few."""
    if told.life.settled:
        for moment, other in sightings(stage.at, stage.rng):
            seen(stage, told, moment, other=other)
        return
    last = told.life.since or told.until
    span = last - told.life.registered_at
    for share in (0.2, 0.6):
        seen(
            stage, told, told.life.registered_at + timedelta(hours=3) + span * share * 0.8, other=share > 0.5
        )
    if told.life.since is not None:
        seen(stage, told, told.life.since, other=False)


def sightings(at: datetime, rng: Random) -> Iterator[tuple[datetime, bool]]:
    """Three weeks of who saw a settled child, oldest first: the home, and somebody who is not of the home."""
    evening = plan.evening_before(at)
    for days in (18, 15, 12, 9, 6, 3, 0):
        if days in (12, 3):
            yield evening - timedelta(days=days, hours=rng.randrange(4, 9)), True
        yield evening - timedelta(days=days, minutes=rng.randrange(1, 170)), False


def seen(stage: Stage, told: Told, moment: datetime, *, other: bool) -> Contact | None:
    """Somebody of the home, or with `other` a guardian or the social worker, met the child face to face."""
    moment = moment.replace(second=0, microsecond=0)
    stay = told.house_at(moment)
    if stay is None:
        return None
    _, house = stay
    witness, role, organisation = house.carer, WitnessRole.PLACEMENT_STAFF, f"home:{house.home.pk}"
    if house.kind == Placement.Type.FOSTER:
        role = WitnessRole.FOSTER_CARER
    if other:
        witness, role, organisation = told.worker, WitnessRole.SOCIAL_WORKER, f"team:{told.place.team.pk}"
        guardian = told.guardian
        if (
            guardian
            and guardian.starts_at < moment
            and (guardian.ends_at is None or moment < guardian.ends_at)
        ):
            witness, role = guardian.guardian, WitnessRole.GUARDIAN
            organisation = f"service:{guardian.service_id}"
    contact = stage.book.add(
        Contact(
            child=told.child,
            outcome=Outcome.SEEN,
            means=Means.FACE_TO_FACE,
            witness=witness.name,
            witness_role=role,
            witness_user=witness,
            organisation=organisation,
            knows_child=True,
            happened_at=moment,
            recorded_at=moment + timedelta(minutes=4),
            recorded_by=witness,
        )
    )
    told.tell(
        "contact_recorded",
        subject=contact,
        by=witness,
        at=contact.recorded_at,
        happened_at=moment,
        data={"outcome": contact.outcome, "means": contact.means, "witness_role": role},
        fields={"witness": contact.witness, "told_by": "", "note": ""},
    )
    return contact
