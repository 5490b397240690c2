"""The paper of the invented children: recorded before anybody would hear of it, by set."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model

from alerts import clocks
from alerts.models import Clock
from alerts.paperwork import HELD, Paper
from alerts.population.book import Book
from cases import log
from cases.deadlines import add_months, london_day
from cases.models import (
    Allocation,
    AssessmentReading,
    Child,
    Contact,
    Discussion,
    FindMeReview,
    GuardianService,
    HeldPaper,
    Means,
    Membership,
    Outcome,
    PersonalAdviser,
    Placement,
    PlacementApproval,
    ReviewingOfficer,
    Risk,
    RiskAssessment,
    Role,
    RoomReview,
    SafetyPlan,
    Supervision,
    User,
    Visit,
    WitnessRole,
)
from cases.models.assessments import GRADES
from cases.models.plans import Agreement
from cases.placement_papers import LOOK_AGAIN_WITHIN
from cases.plans import REVIEWED_WITHIN_MONTHS
from guardians.models import GuardianAssignment

BATCH = 1000
SUPERVISED_AGAIN = timedelta(days=28)
REASON = "Looked at again: nothing has changed."
PROFILED = (Paper.FIRST_PROFILE, Paper.PROFILE)
ASSESSED = (Paper.FIRST_ASSESSMENT, Paper.ASSESSMENT)
Written = tuple[log.Entry, User | None, datetime]


def record_due(register: User, *, until: datetime, at: datetime) -> int:
    """Record whatever paper of these children is due by `until`; return of how many children.

    What their guardians' services were to discuss counts as discussed: of that no clock is kept.
    """
    own = GuardianService.objects.filter(assignments__child__registered_by=register)
    GuardianService.objects.filter(pk__in=own.values("pk")).update(discussed_from=at)
    soon = Clock.objects.filter(
        kind=Clock.Kind.PAPERWORK, child__registered_by=register, due_at__isnull=False, next_at__lt=until
    )
    papers: dict[int, set[str]] = {}
    for child_id, paper in soon.values_list("child", "duty"):
        papers.setdefault(child_id, set()).add(paper)
    locked = Child.objects.locked().filter(pk__in=papers).order_by("pk")
    found = list(locked)
    for start in range(0, len(found), BATCH):
        _record(found[start : start + BATCH], papers, at)
    return len(found)


def _record(children: Sequence[Child], papers: dict[int, set[str]], at: datetime) -> None:
    book = Book()
    past: list[Written] = []
    held = Allocation.objects.current(at).filter(child__in=children).exclude(worker=None)
    teams = {allocation.child_id: allocation.team_id for allocation in held}
    current = Placement.objects.current(at).filter(child__in=children)
    placed = {placement.child_id: placement for placement in current}
    workers = {allocation.child_id: allocation.worker for allocation in held.select_related("worker")}
    for child in children:
        worker = workers.get(child.pk) or child.registered_by
        if worker is not None and not papers[child.pk].isdisjoint(ASSESSED):
            past.append(_assess(book, child, worker, at))
        if worker is not None:
            past += _of_child(book, child, papers[child.pk], worker, at)
        if Paper.SIGN_OFF in papers[child.pk]:
            past += _sign(book, child, at)
        if worker is not None and Paper.PLAN in papers[child.pk]:
            past.append(_plan(book, child, worker, at))
        if worker is not None and child.pk in placed and Paper.VISIT in papers[child.pk]:
            past += _visit(book, placed[child.pk], worker, teams.get(child.pk, 0), at)
        if worker is not None and child.pk in placed:
            past += _of_placement(book, placed[child.pk], papers[child.pk], worker, at)
    past += _check(
        book, [child for child in children if Paper.GUARDIAN_CHECK in papers[child.pk]], placed, at
    )
    supervised = [child for child in children if Paper.SUPERVISION in papers[child.pk]]
    past += _supervise(book, supervised, at)
    for event in log.chain(past):
        book.add(event)
    book.write()
    clocks.recompute([child.pk for child in children], at=at)


def _assess(book: Book, child: Child, worker: User, at: datetime) -> Written:
    """The same grade again; who was never graded is watched as the ordinary are."""
    grade = child.risk if child.risk in GRADES else Risk.MEDIUM
    row = book.add(
        RiskAssessment(
            key=uuid.uuid4(),
            child=child,
            grade=grade,
            before=child.risk,
            rationale=REASON,
            domains={},
            assessed_at=at,
            recorded_at=at,
            assessed_by=worker,
        )
    )
    data = {"grade": row.grade, "before": row.before, "waits": False}
    entry = log.Entry(
        child_id=child.pk, kind="risk_assessed", subject=row, data=data, fields={"rationale": REASON}
    )
    return entry, worker, at


def _hold(book: Book, child: Child, kind: str, worker: User, at: datetime) -> Written:
    """It was held that day, as it should be."""
    row = book.add(
        HeldPaper(
            key=uuid.uuid4(),
            child=child,
            kind=kind,
            held_at=at,
            led_by="The reviewing officer",
            note=REASON,
            recorded_at=at,
            recorded_by=worker,
        )
    )
    fields = {"led_by": row.led_by, "note": row.note}
    entry = log.Entry(child_id=child.pk, kind="paper_held", subject=row, data={"kind": kind}, fields=fields)
    return entry, worker, at


def _of_child(book: Book, child: Child, due: set[str], worker: User, at: datetime) -> list[Written]:
    """What is held of the child by day and year, the profile, and who advises it after care."""
    past = [_hold(book, child, paper, worker, at) for paper in sorted(due) if paper in HELD]
    if not due.isdisjoint(PROFILED):
        past.append(_review(book, child, worker, at))
    if Paper.ADVISER in due:
        past.append(_advise(book, child, worker, at))
    if Paper.REVIEWING_OFFICER in due:
        past.append(_review_by(book, child, worker, at))
    return past


def _review_by(book: Book, child: Child, worker: User, at: datetime) -> Written:
    """Somebody of the reviewing officers is named for the child's reviews."""
    row = book.add(
        ReviewingOfficer(
            key=uuid.uuid4(),
            child=child,
            name="Somebody of the reviewing officers",
            phone="01632 960 198",
            starts_at=at,
            recorded_at=at,
            recorded_by=worker,
        )
    )
    fields = {"user": None, "name": row.name, "phone": row.phone, "email": row.email}
    entry = log.Entry(child_id=child.pk, kind="reviewing_officer_named", subject=row, fields=fields)
    return entry, worker, at


def _advise(book: Book, child: Child, worker: User, at: datetime) -> Written:
    """Somebody of the leaving care team is the child's personal adviser."""
    row = book.add(
        PersonalAdviser(
            key=uuid.uuid4(),
            child=child,
            name="Somebody of the leaving care team",
            organisation="Leaving care",
            phone="01632 960 199",
            starts_at=at,
            recorded_at=at,
            recorded_by=worker,
        )
    )
    fields = {"name": row.name, "organisation": row.organisation, "phone": row.phone, "email": row.email}
    entry = log.Entry(child_id=child.pk, kind="adviser_appointed", subject=row, fields=fields)
    return entry, worker, at


def _of_placement(
    book: Book, placement: Placement, due: set[str], worker: User, at: datetime
) -> list[Written]:
    """A distant placement is approved, and where an age is disputed the child sleeps alone."""
    past: list[Written] = []
    own: dict[str, Any] = {
        "child_id": placement.child_id,
        "placement": placement,
        "recorded_at": at,
        "recorded_by": worker,
    }
    if Paper.APPROVAL in due:
        said = {
            "approved_by": "The director",
            "approved_date": london_day(at),
            "reason": "The nearest that could",
        }
        kind = PlacementApproval.Kind.APPROVED
        approval = book.add(PlacementApproval(kind=kind, **said, **own))
        past.append((_entry(placement.child_id, "placement_approved", approval, kind=kind.value), worker, at))
    if Paper.ROOM in due:
        again = london_day(at) + LOOK_AGAIN_WITHIN
        room = book.add(RoomReview(own_room=True, review_by=again, **own))
        data = {"own_room": True, "review_by": again.isoformat()}
        past.append((_entry(placement.child_id, "room_reviewed", room, **data), worker, at))
    return past


def _entry(child_id: int, what: str, row: Model, **data: Any) -> log.Entry:
    return log.Entry(child_id=child_id, kind=what, subject=row, data=data)


def _review(book: Book, child: Child, worker: User, at: datetime) -> Written:
    """Somebody went through what is on record of the child."""
    row = book.add(FindMeReview(child=child, at=at, by=worker))
    return log.Entry(child_id=child.pk, kind="find_me_reviewed", subject=row), worker, at


def _sign(book: Book, child: Child, at: datetime) -> list[Written]:
    """A manager of the authority reads what the worker found, and signs it."""
    found = RiskAssessment.objects.filter(child=child).select_related("assessed_by").first()
    own = Membership.objects.current(at).filter(role=Role.TEAM_MANAGER, team__allocations__child=child)
    manager = own.select_related("user").order_by("pk").first()
    if found is None or manager is None or manager.user_id == found.assessed_by_id:
        return []
    row = book.add(
        AssessmentReading(
            assessment=found,
            child=child,
            assessed_by=found.assessed_by,
            read_by=manager.user,
            read_at=at,
            signed=True,
        )
    )
    return [
        (
            log.Entry(child_id=child.pk, kind="assessment_signed", subject=row, fields={"words": ""}),
            manager.user,
            at,
        )
    ]


def _supervise(book: Book, children: Sequence[Child], at: datetime) -> list[Written]:
    """A manager of the team talks with each of these workers about the children that they have."""
    held = Allocation.objects.current(at).filter(child__in=children).exclude(worker=None)
    managers: dict[int, User] = {}
    teams = {row.team_id for row in held}
    roles = Membership.objects.current(at).filter(role=Role.TEAM_MANAGER, team__in=teams)
    for role in roles.select_related("user").order_by("-pk"):
        managers[role.team_id or 0] = role.user
    past: list[Written] = []
    sittings: dict[tuple[int, int], Supervision] = {}
    for row in held.order_by("child"):
        manager = managers.get(row.team_id)
        if manager is None or row.worker_id is None or manager.pk == row.worker_id:
            continue
        sitting = sittings.get((row.worker_id, manager.pk))
        if sitting is None:
            sitting = book.add(_sitting(row.worker_id, manager, at))
            sittings[row.worker_id, manager.pk] = sitting
        one = book.add(Discussion(supervision=sitting, child_id=row.child_id, discussed=REASON))
        data = {"worker": row.worker_id, "next": sitting.next_date.isoformat()}
        fields = {"discussed": REASON, "direction": ""}
        entry = log.Entry(child_id=row.child_id, kind="supervised", subject=one, data=data, fields=fields)
        past.append((entry, manager, at))
    return past


def _check(
    book: Book, children: Sequence[Child], placed: Mapping[int, Placement], at: datetime
) -> list[Written]:
    """The guardian of each of these children saw it."""
    rows = GuardianAssignment.objects.current(at).filter(child__in=children).order_by("child", "-lead", "pk")
    past = []
    for row in rows.distinct("child").select_related("guardian"):
        if row.child_id in placed:
            own = {"role": WitnessRole.GUARDIAN, "organisation": f"service:{row.service_id}"}
            past.append(saw(book, placed[row.child_id], row.guardian, **own, moment=at, at=at))
    return past


def _sitting(worker_id: int, manager: User, at: datetime) -> Supervision:
    return Supervision(
        key=uuid.uuid4(),
        worker_id=worker_id,
        held_by=manager,
        held_at=at,
        next_date=london_day(at) + SUPERVISED_AGAIN,
        recorded_at=at,
    )


def _plan(book: Book, child: Child, worker: User, at: datetime) -> Written:
    """A plan as most are: no closer contact than the policy asks, looked at again with the care plan."""
    row = book.add(
        SafetyPlan(
            key=uuid.uuid4(),
            child=child,
            goals="Settle in college and know whom to ring.",
            if_missing="Ring their own phone, then the home, then 101.",
            agreed_with="The carer and the child",
            child_agrees=Agreement.AGREES,
            review_date=london_day(add_months(at, REVIEWED_WITHIN_MONTHS)),
            recorded_at=at,
            written_by=worker,
            # As one of before managers signed.
            to_sign=False,
        )
    )
    data = {"contact": "", "less": False}
    entry = log.Entry(
        child_id=child.pk, kind="plan_written", subject=row, data=data, fields={"goals": row.goals}
    )
    return entry, worker, at


def _visit(book: Book, placement: Placement, worker: User, team_id: int, at: datetime) -> list[Written]:
    """The child was seen there, alone, and the placement is as it was."""
    organisation = f"team:{team_id}"
    role = WitnessRole.SOCIAL_WORKER
    seen = saw(book, placement, worker, role=role, organisation=organisation, moment=at, at=at)
    visit = book.add(
        Visit(
            key=uuid.uuid4(),
            child_id=placement.child_id,
            visited_at=at,
            seen=True,
            seen_alone=True,
            place=str(placement.get_type_display()),
            contact_id=seen[0].subject.pk if seen[0].subject is not None else None,
            recorded_at=at,
            recorded_by=worker,
        )
    )
    entry = log.Entry(
        child_id=placement.child_id,
        kind="visit_recorded",
        subject=visit,
        data={"seen": True, "alone": True},
        fields={"place": visit.place, "note": "", "lasting": False, "agreed_less": False},
    )
    return [seen, (entry, worker, at)]


def saw(
    book: Book,
    placement: Placement,
    by: User,
    *,
    role: str,
    organisation: str,
    moment: datetime,
    at: datetime,
) -> Written:
    """Somebody saw the child face to face where it lives."""
    contact = book.add(
        Contact(
            child_id=placement.child_id,
            outcome=Outcome.SEEN,
            means=Means.FACE_TO_FACE,
            witness=by.name,
            witness_role=role,
            witness_user=by,
            organisation=organisation,
            knows_child=True,
            happened_at=moment,
            recorded_at=at,
            recorded_by=by,
        )
    )
    entry = log.Entry(
        child_id=placement.child_id,
        kind="contact_recorded",
        subject=contact,
        data={"outcome": contact.outcome, "means": contact.means, "witness_role": role},
        happened_at=moment,
        fields={"witness": by.name, "told_by": "", "note": ""},
    )
    return entry, by, at
