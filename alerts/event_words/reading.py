"""The words of a page of events, with everything they point at read in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from alerts.event_words import (
    advisers,
    care,
    child,
    engine,
    episodes,
    forces,
    guardians,
    interviews,
    journeys,
    legal,
    marks,
    notes,
    papers,
    plans,
    reviewing_officers,
    supervisions,
    transfers,
    whereabouts,
    workers,
)
from alerts.event_words.words import Read, Words
from alerts.models import DutyStep, DutyTask, LinkAcknowledgement, Reply, StepAnswer, Verification
from cases import clock, partings
from cases.access import Permission
from cases.models import (
    Absence,
    ActionWord,
    AgeDecision,
    Allocation,
    AssessmentReading,
    Authority,
    BirthDateClaim,
    BrokenGlass,
    CareEnd,
    Contact,
    Correction,
    DetailsChange,
    Disclosure,
    Discussion,
    Document,
    EpisodeCall,
    EpisodeDecision,
    EpisodeFinding,
    EpisodeGrade,
    EpisodeOfficer,
    EpisodeUpdate,
    Event,
    FindMeReview,
    FindMeSection,
    ForceOffer,
    FoundMatch,
    GuardianInvitation,
    HeadCount,
    HeldPaper,
    HostNotice,
    IncidentEpisode,
    Journey,
    KeepFrom,
    LegalHold,
    LegalStatus,
    LiveConcern,
    Meeting,
    MeetingBooking,
    MissingEpisode,
    MissingReview,
    Mistake,
    NamedPerson,
    Note,
    NrmReferral,
    NrmStep,
    PersonalAdviser,
    Photo,
    Placement,
    PlacementApproval,
    PlacementStaffing,
    PlacementWay,
    PlanAction,
    PlannedPlacement,
    PlannedStep,
    PlanSignature,
    PoliceForce,
    PreventionInterview,
    QuarantinedFile,
    Restriction,
    ReturnInterview,
    ReviewingOfficer,
    RiskAssessment,
    RiskGrade,
    RoomReview,
    SafetyPlan,
    Transfer,
    Trigger,
    User,
    Visit,
    VisitRequest,
    WorkerCover,
    WorkerLeave,
)
from guardians.models import (
    CouncilConcern,
    GuardianAssignment,
    GuardianCover,
    GuardianLeave,
    GuardianLook,
    GuardianReferral,
    GuardianReferralStep,
    GuardianTerms,
    NoGuardian,
)

WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    **child.WORDS,
    **care.WORDS,
    **guardians.WORDS,
    **interviews.WORDS,
    **workers.WORDS,
    **whereabouts.WORDS,
    **journeys.WORDS,
    **episodes.WORDS,
    **notes.WORDS,
    **advisers.WORDS,
    **forces.WORDS,
    **reviewing_officers.WORDS,
    **legal.WORDS,
    **plans.WORDS,
    **papers.WORDS,
    **supervisions.WORDS,
    **marks.WORDS,
    **transfers.WORDS,
    **engine.WORDS,
}


def read(
    events: Collection[Event], *, permissions: frozenset[Permission], reader: User | None = None
) -> dict[int, Words]:
    """Return the words of these events by event id, in a fixed number of queries.

    Who is nobody in particular reads what everybody may.
    """
    facts = Read(
        subjects=_subjects(events),
        grades={
            (grade.child_id, grade.since): grade
            for grade in RiskGrade.objects.filter(
                child__in={event.child_id for event in events if event.kind == "risk_graded"}
            ).select_related("seconded_by")
        },
        forces=dict(
            PoliceForce.objects.filter(code__in=_named(events, "force", "to_force")).values_list(
                "code", "name"
            )
        ),
        authorities=dict(
            Authority.objects.filter(code__in=_named(events, "authority", "from", "to")).values_list(
                "code", "name"
            )
        ),
        permissions=permissions,
        guarded=_guarded(events, reader),
        unsaid=_unsaid(events, reader),
    )
    return {event.pk: WORDS.get(event.kind, _unknown)(event, facts) for event in events}


def _guarded(events: Collection[Event], reader: User | None) -> frozenset[int]:
    """Of the children of these events those who are asked for because of one whom the reader is kept from."""
    ids = {event.child_id for event in events if engine.tells_of_another(event)}
    if not ids:
        return frozenset()
    marks = KeepFrom.objects.current(clock.now()).filter(child=OuterRef("episode__child"))
    if reader is not None:
        marks = marks.filter(user=reader)
    return frozenset(HeadCount.objects.filter(Exists(marks), child__in=ids).values_list("child", flat=True))


def _unsaid(events: Collection[Event], reader: User | None) -> Mapping[int, datetime]:
    """Of children of these moves with whom another authority has to do since: until when this reader reads not who stayed."""
    moves = {event.child_id for event in events if event.data.get("kind") == Trigger.Kind.MOVE}
    return partings.unsaid_until(moves, reader=reader, at=clock.now()) if moves else {}


def knows(kind: str) -> bool:
    """Whether this kind of event has words of its own."""
    return kind in WORDS


_MODELS: Sequence[tuple[type[models.Model], tuple[str, ...]]] = (
    (Contact, ("recorded_by",)),
    (Placement, ("home", "host_authority")),
    (Absence, ()),
    (MissingEpisode, ("child", "police_closed_force")),
    (MissingReview, ("episode",)),
    (IncidentEpisode, ()),
    (EpisodeUpdate, ()),
    (EpisodeCall, ()),
    (EpisodeDecision, ()),
    (EpisodeFinding, ()),
    (EpisodeGrade, ()),
    (EpisodeOfficer, ()),
    (ForceOffer, ()),
    (FoundMatch, ()),
    (DutyStep, ()),
    (StepAnswer, ()),
    (ReturnInterview, ("episode__child",)),
    (PreventionInterview, ("episode__child",)),
    (AgeDecision, ("seconded_by",)),
    (BirthDateClaim, ()),
    (RiskAssessment, ()),
    (AssessmentReading, ()),
    (SafetyPlan, ()),
    (PlanSignature, ()),
    (PlanAction, ("owner", "owner_placement__home")),
    (ActionWord, ("action",)),
    (Visit, ()),
    (VisitRequest, ("mistake",)),
    (HostNotice, ("mistake",)),
    (HeldPaper, ("mistake",)),
    (FindMeReview, ("mistake",)),
    (Meeting, ("mistake",)),
    (MeetingBooking, ()),
    (GuardianInvitation, ("booking",)),
    (Mistake, ("held", "notice", "review", "meeting", "request")),
    (Discussion, ("supervision",)),
    (NrmReferral, ()),
    (NrmStep, ()),
    (FindMeSection, ()),
    (RoomReview, ()),
    (PlacementApproval, ()),
    (PlannedPlacement, ("home", "authority")),
    (PlannedStep, ()),
    (PlacementStaffing, ()),
    (PlacementWay, ()),
    (LiveConcern, ("seconded_by",)),
    (KeepFrom, ("user",)),
    (Restriction, ("seconded_by",)),
    (NamedPerson, ("user", "seconded_by")),
    (Allocation, ("team", "worker")),
    (WorkerCover, ("covered_by",)),
    (WorkerLeave, ("worker",)),
    (Verification, ("force",)),
    (LinkAcknowledgement, ("link__force",)),
    (Reply, ()),
    (GuardianAssignment, ("guardian", "service")),
    (NoGuardian, ()),
    (GuardianReferral, ("service",)),
    (GuardianReferralStep, ("referral__service",)),
    (GuardianCover, ("covered_by",)),
    (GuardianLeave, ("guardian",)),
    (GuardianLook, ("taken_back",)),
    (GuardianTerms, ("guardian",)),
    (CouncilConcern, ()),
    (DutyTask, ("home",)),
    (Photo, ()),
    (Document, ()),
    (QuarantinedFile, ()),
    (Transfer, ("worker", "team")),
    (Trigger, ()),
    (Journey, ()),
    (BrokenGlass, ()),
    (Note, ()),
    (Disclosure, ()),
    (CareEnd, ("seconded_by",)),
    (LegalStatus, ()),
    (PersonalAdviser, ()),
    (ReviewingOfficer, ("user",)),
    (LegalHold, ("seconded_by",)),
    (Correction, ("seconded_by",)),
    (DetailsChange, ("seconded_by",)),
)


# What was said of a step stands beside it: each event of before answers could be taken back finds its own.
_MANY = {"dutystep": ("answers",)}


def _subjects(events: Collection[Event]) -> dict[tuple[str, int], Any]:
    found: dict[tuple[str, int], Any] = {}
    pointed_at: dict[str, set[int | None]] = defaultdict(set)
    for event in events:
        pointed_at[event.subject_type].add(event.subject_id)
    for model, related in _MODELS:
        name = model._meta.model_name or ""
        ids = pointed_at.get(name)
        # A page points at few of them, and an empty question costs as much to write as one that is asked.
        if not ids:
            continue
        rows = model._default_manager.filter(pk__in=ids).select_related(*related)
        for row in rows.prefetch_related(*_MANY.get(name, ())):
            found[name, row.pk] = row
    return found


def _named(events: Collection[Event], *keys: str) -> set[str]:
    return {event.data[key] for event in events for key in keys if isinstance(event.data.get(key), str)}


def _unknown(event: Event, facts: Read) -> Words:
    return Words(event.kind.replace("_", " ").capitalize())
