"""Who watched over a child: a guardian where there is a service, and those who saw the child and wrote it down."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from alerts.population import plan
from alerts.population.stage import House, Stage, phone
from alerts.population.told import DAY, Told, give
from cases import grants
from cases.groups import person_group
from cases.models import Contact, Means, Outcome, Placement, User, WitnessRole
from guardians.models import GuardianAssignment, NoGuardian

# The review of why there is no guardian.
LOOKED_AGAIN = timedelta(days=180)


def guard(stage: Stage, told: Told) -> None:
    service = told.place.service
    start = told.life.registered_at + timedelta(days=stage.rng.uniform(2, 15))
    start = start.replace(second=0, microsecond=0)
    if service is None:
        return
    if start > (told.life.since or told.until) - DAY:
        # Who went missing first was given a guardian all the same, the next day at the latest.
        start = min(start, stage.at - DAY)
        if not told.life.open or start <= told.life.registered_at:
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


def stand_in(stage: Stage, told: Told) -> None:
    """A child of whom no guardian is to be had: an advocate stands in, and twice a year somebody looks again."""
    start = told.life.registered_at + DAY / 2
    if told.guardian is not None and told.guardian.ends_at is not None:
        start = told.guardian.ends_at
    # Somebody looks again well before the day by which they must, and has done so within the last months.
    looks = [start]
    while looks[-1] < stage.at - LOOKED_AGAIN * 0.66:
        looks.append(
            (looks[-1] + LOOKED_AGAIN * stage.rng.uniform(0.5, 0.64)).replace(second=0, microsecond=0)
        )
    for number, (at, until) in enumerate(zip(looks, [*looks[1:], None], strict=True)):
        row = stage.book.add(
            NoGuardian(
                child=told.child,
                kind=NoGuardian.Kind.NOT_AVAILABLE,
                reason="No service takes referrals here."
                if number == 0
                else "Asked again: no service still.",
                fallback_kind=NoGuardian.Fallback.ADVOCATE,
                fallback_name=told.place.manager.name,
                fallback_phone=phone(997),
                fallback_organisation="Standing Beside You (invented)",
                review_date=(at + LOOKED_AGAIN).date(),
                starts_at=at,
                ends_at=until,
                recorded_by=told.worker,
            )
        )
        data = {"kind": row.kind, "fallback": row.fallback_kind}
        fields = {"reason": row.reason, "fallback": row.fallback_name}
        told.tell("no_guardian_recorded", subject=row, by=told.worker, at=at, data=data, fields=fields)


def be_seen(stage: Stage, told: Told) -> None:
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
    witness, role, organisation = _other(told, moment) if other else _of_home(stay[1])
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


def _of_home(house: House) -> tuple[User, WitnessRole, str]:
    """Who saw the child in this house, as what, and of which organisation."""
    role = WitnessRole.FOSTER_CARER if house.kind == Placement.Type.FOSTER else WitnessRole.PLACEMENT_STAFF
    return house.carer, role, f"home:{house.home.pk}"


def _other(told: Told, moment: datetime) -> tuple[User, WitnessRole, str]:
    """The same of the guardian whom the child had then, else of the social worker."""
    row = told.guardian
    if row and row.starts_at < moment and (row.ends_at is None or moment < row.ends_at):
        return row.guardian, WitnessRole.GUARDIAN, f"service:{row.service_id}"
    return told.worker, WitnessRole.SOCIAL_WORKER, f"team:{told.place.team.pk}"
