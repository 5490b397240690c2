"""What is on record of some children that decides on their paper: asked for where a table has a row of them, in few questions."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Model

from alerts import (
    adviser_dues,
    age_dues,
    approval_dues,
    care_dues,
    guardian_checks,
    legal_dues,
    nrm_dues,
    officer_dues,
    plan_dues,
    staffing_dues,
    visit_dues,
)
from alerts.paper_facts import CareEnded, Checked, Held, Unreviewed
from alerts.paper_rules import Paper
from alerts.staffing_dues import Staffed
from cases import placement_papers, presence, worker_absences
from cases.deadlines import end_of
from cases.facts import ChildFacts
from cases.models import (
    CareEnd,
    DetailsChange,
    Discussion,
    FindMeReview,
    HeldPaper,
    LegalStatus,
    MeetingBooking,
    PersonalAdviser,
    Photo,
    PhotoBasis,
    PlacementApproval,
    PlacementStaffing,
    PlanAction,
    PlannedPlacement,
    ReviewingOfficer,
    RiskAssessment,
    RoomReview,
    SafetyPlan,
    Transfer,
    Visit,
    VisitRequest,
    WorkerLeave,
)
from cases.worker_absences import Absence
from guardians.models import GuardianAssignment

# What the list of an arrival asks for, and the facts of the child that answer it; a photo is a row of its own.
PHOTO = "photo"
ANSWERS: Mapping[str, tuple[str, ...]] = {
    "description": ("description",),
    "phone": ("phone", "safe_phone", "has_no_phone"),
    "languages": ("languages",),
}
_OF_CHILDREN: tuple[type[Model], ...] = (
    CareEnd,
    DetailsChange,
    Discussion,
    FindMeReview,
    GuardianAssignment,
    HeldPaper,
    LegalStatus,
    MeetingBooking,
    PersonalAdviser,
    Photo,
    PlacementApproval,
    PlacementStaffing,
    PlanAction,
    PlannedPlacement,
    ReviewingOfficer,
    RiskAssessment,
    RoomReview,
    SafetyPlan,
    Visit,
    VisitRequest,
)
_ALL: tuple[type[Model], ...] = (*_OF_CHILDREN, WorkerLeave)
_NAMES = {model: f"paper {model._meta.db_table}" for model in _ALL}
# Which of these tables has a row of the children: of most children most have none.
SELDOM: presence.Questions = (
    *((_NAMES[model], f"{model._meta.db_table} WHERE child_id = ANY (%(ids)s)") for model in _OF_CHILDREN),
    (
        _NAMES[WorkerLeave],
        """cases_workerleave l JOIN cases_allocation a ON a.worker_id = l.worker_id
           WHERE a.child_id = ANY (%(ids)s) AND l.called_off_at IS NULL""",
    ),
)
EVERY = frozenset(name for name, _rows in SELDOM)


@dataclass
class Read:
    """What is on record of some children, by child."""

    photographed: set[int] = field(default_factory=set)
    # When what answered a point of the list was taken back last.
    emptied: dict[tuple[int, str], datetime] = field(default_factory=dict)
    # When a reference of the NRM was written or changed.
    referred: dict[int, list[datetime]] = field(default_factory=dict)
    # The latest first.
    assessed: dict[int, list[RiskAssessment]] = field(default_factory=dict)
    # To whom a child came, and when, where not all of the papers is read.
    arrived: dict[int, list[tuple[int | None, datetime]]] = field(default_factory=dict)
    visits: Mapping[int, visit_dues.Visits] = field(default_factory=dict)
    # Since when an adviser, or the last contact of theirs, waits for the next, and by which case.
    adviser_contact: Mapping[int, tuple[datetime, str]] = field(default_factory=dict)
    nrm: nrm_dues.Nrm = field(default_factory=nrm_dues.Nrm)
    # When the reference of the NRM was taken out, or came on record, last.
    cleared: dict[int, datetime] = field(default_factory=dict)
    referenced: dict[int, datetime] = field(default_factory=dict)
    # The birth dates that those have gone by of whom one was corrected, in order.
    stood: dict[int, list[age_dues.Stood]] = field(default_factory=dict)
    # By placement: the steps of its approval, the latest first, and by when how the child sleeps there is looked at again.
    approvals: dict[int, list[PlacementApproval]] = field(default_factory=dict)
    rooms: dict[int, datetime] = field(default_factory=dict)
    # Since when something cannot be kept where they live, and until when.
    unkept: Mapping[int, tuple[datetime, datetime | None]] = field(default_factory=dict)
    # Where they are to live, and where they live as it was planned.
    planned: approval_dues.Plans = field(default_factory=lambda: approval_dues.Plans({}, {}))
    held: dict[int, dict[Paper, Held]] = field(default_factory=dict)
    care_ended: Mapping[int, CareEnded] = field(default_factory=dict)
    plans: plan_dues.Plans = field(default_factory=plan_dues.Plans)
    # When each was discussed last in the supervision of a social worker.
    discussed: Mapping[int, datetime] = field(default_factory=dict)
    # Who is to leave care, and has no personal adviser.
    lacking: Mapping[int, adviser_dues.Lacking] = field(default_factory=dict)
    # Whose care nobody is named to review.
    unreviewed: Mapping[int, Unreviewed] = field(default_factory=dict)
    # What is to follow a legal status that lasts so long at most, and since when that stands.
    limited: Mapping[int, tuple[Paper, datetime]] = field(default_factory=dict)
    # Over whom a guardian watches.
    checked: Mapping[int, Checked] = field(default_factory=dict)
    # Of those who are looked for and have one, from when their guardian is to be looked at again.
    guardian_stays: Mapping[int, tuple[datetime, str]] = field(default_factory=dict)
    # Where the social worker is away, or will be.
    absences: Mapping[int, Absence] = field(default_factory=dict)
    # By child: who is where it lives, where somebody has said it.
    staffed: Mapping[int, Staffed] = field(default_factory=dict)


@dataclass(frozen=True)
class _Asked:
    """Of whom it is asked, and when."""

    loaded: Mapping[int, ChildFacts]
    at: datetime

    @property
    def ids(self) -> list[int]:
        return list(self.loaded)


def read(loaded: Mapping[int, ChildFacts], there: Collection[str], *, at: datetime) -> Read:
    """Read what is on record of these children; `there` are the names of SELDOM that were found of them."""
    found, asked = Read(), _Asked(loaded, at)

    def has(*models: type[Model]) -> bool:
        return any(_NAMES[model] in there for model in models)

    for name, models, question in _QUESTIONS:
        if has(*models):
            setattr(found, name, question(asked))
    if has(Photo):
        _read_photos(found, asked.ids)
    if has(DetailsChange):
        _read_changes(found, loaded)
    care_dues.count_anew(found.held, found.care_ended)
    _read_arrivals(found, [child_id for child_id, one in loaded.items() if one.transfer is not None])
    found.nrm = nrm_dues.read(list(loaded.values()))
    any_of = {"any_adviser": has(PersonalAdviser), "any_end": has(CareEnd)}
    found.lacking = adviser_dues.read(loaded, found.stood, **any_of)
    found.unreviewed = officer_dues.read(
        loaded, any_officer=has(ReviewingOfficer), any_held=has(HeldPaper), at=at
    )
    if has(PersonalAdviser):
        found.adviser_contact = adviser_dues.contacts(loaded, found.held)
    return found


def _assessed(asked: _Asked) -> dict[int, list[RiskAssessment]]:
    found: dict[int, list[RiskAssessment]] = {}
    rows = RiskAssessment.objects.filter(child__among=asked.ids).select_related("reading")
    for row in rows.defer("domains", "rationale", "protective", "changed"):
        found.setdefault(row.child_id, []).append(row)
    return found


def _rooms(asked: _Asked) -> dict[int, datetime]:
    rooms = placement_papers.of_this_dispute().filter(child__among=asked.ids).order_by("pk")
    return {room.placement_id: end_of(room.review_by) for room in rooms}


def _discussed(asked: _Asked) -> dict[int, datetime]:
    talks = Discussion.objects.standing().filter(child__among=asked.ids).order_by().values("child")
    return {row["child"]: row["last"] for row in talks.annotate(last=Max("supervision__held_at"))}


def _read_photos(read: Read, ids: Sequence[int]) -> None:
    asked = Photo.objects.filter(child__among=ids).exclude(basis=PhotoBasis.FIND)
    for child_id, withdrawn_at in asked.values_list("child", "withdrawn_at"):
        if withdrawn_at is None:
            read.photographed.add(child_id)
        else:
            _later(read.emptied, (child_id, PHOTO), withdrawn_at)


def _held(asked: _Asked) -> dict[int, dict[Paper, Held]]:
    found: dict[int, dict[Paper, Held]] = {}
    held = HeldPaper.objects.standing().filter(child__among=asked.ids).values("child", "kind")
    for row in held.annotate(times=Count("pk"), last=Max("held_at")):
        found.setdefault(row["child"], {})[Paper(row["kind"])] = Held(row["times"], row["last"])
    reviewed = FindMeReview.objects.standing().filter(child__among=asked.ids).values("child")
    for one in reviewed.order_by("child").annotate(times=Count("pk"), last=Max("at")):
        found.setdefault(one["child"], {})[Paper.PROFILE] = Held(one["times"], one["last"])
    return found


def _read_arrivals(read: Read, moved: Sequence[int]) -> None:
    """The arrivals of those who were ever to be moved; most never were."""
    rows = Transfer.objects.unread().filter(child__among=moved) if moved else Transfer.objects.none()
    for child_id, receiver_id, at in rows.values_list("child", "receiver", "confirmed_at"):
        if at is not None:
            read.arrived.setdefault(child_id, []).append((receiver_id, at))


def _read_changes(read: Read, loaded: Mapping[int, ChildFacts]) -> None:
    """What the corrections of these children's facts say: what was emptied, the reference of the NRM, and the birth date."""
    topics = ("looks", "phones", "languages", "references", "age")
    of_age: dict[int, list[DetailsChange]] = defaultdict(list)
    for change in DetailsChange.objects.filter(child__among=list(loaded), topic__in=topics):
        if change.topic == "age":
            of_age[change.child_id].append(change)
            continue
        if change.after.get("nrm_reference"):
            read.referred.setdefault(change.child_id, []).append(change.changed_at)
        _read_reference(read, change)
        for what, names in ANSWERS.items():
            if any(change.before.get(name) and not change.after.get(name) for name in names):
                _later(read.emptied, (change.child_id, what), change.changed_at)
    read.stood = {pk: age_dues.stood(loaded[pk].child, changes) for pk, changes in of_age.items()}


def _read_reference(read: Read, change: DetailsChange) -> None:
    if not change.before.get("nrm_reference") and change.after.get("nrm_reference"):
        later = max(change.changed_at, read.referenced.get(change.child_id, change.changed_at))
        read.referenced[change.child_id] = later
    if change.before.get("nrm_reference") and not change.after.get("nrm_reference"):
        later = max(change.changed_at, read.cleared.get(change.child_id, change.changed_at))
        read.cleared[change.child_id] = later


def _later(found: dict[tuple[int, str], datetime], key: tuple[int, str], at: datetime) -> None:
    found[key] = max(at, found.get(key, at))


# What of `Read` is read where one of these tables has a row.
_QUESTIONS: tuple[tuple[str, tuple[type[Model], ...], Callable[[_Asked], Any]], ...] = (
    ("assessed", (RiskAssessment,), _assessed),
    ("held", (HeldPaper, FindMeReview), _held),
    ("care_ended", (CareEnd,), lambda asked: care_dues.read(asked.ids)),
    ("checked", (GuardianAssignment,), lambda asked: guardian_checks.read(asked.ids)),
    (
        "guardian_stays",
        (GuardianAssignment,),
        lambda asked: guardian_checks.stays(list(asked.loaded.values())),
    ),
    ("approvals", (PlacementApproval,), lambda asked: approval_dues.read(asked.ids)),
    ("planned", (PlannedPlacement,), lambda asked: approval_dues.planned(asked.loaded)),
    ("limited", (LegalStatus,), lambda asked: legal_dues.read(asked.ids)),
    ("rooms", (RoomReview,), _rooms),
    ("visits", (Visit, VisitRequest), lambda asked: visit_dues.read(asked.ids)),
    ("discussed", (Discussion,), _discussed),
    ("absences", (WorkerLeave,), lambda asked: worker_absences.of(asked.ids, asked.at)),
    (
        "plans",
        (SafetyPlan, PlanAction, MeetingBooking),
        lambda asked: plan_dues.read(asked.loaded, at=asked.at),
    ),
    ("staffed", (PlacementStaffing,), lambda asked: staffing_dues.read(asked.loaded)),
)
