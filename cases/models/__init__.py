"""The facts, one file per noun."""

from cases.models.advisers import PersonalAdviser
from cases.models.ages import AgeDecision, BirthDateClaim
from cases.models.arrivals import ArrivalGroup
from cases.models.assessments import AssessmentReading, RiskAssessment
from cases.models.away_references import AwayReference
from cases.models.bookings import GuardianInvitation, MeetingBooking
from cases.models.break_glass import BrokenGlass
from cases.models.building_checks import BuildingCheck
from cases.models.care import CareEnd
from cases.models.child_parts import ChildPart, NumberFrom, Office
from cases.models.children import (
    AgeStatus,
    BirthDateBasis,
    BirthDatePrecision,
    Child,
    ChildGroupPermission,
    Literacy,
    Needs,
    ReferenceSerial,
    Risk,
    RiskGrade,
    Sex,
    Trafficking,
)
from cases.models.concerns import KeepFrom, LiveConcern
from cases.models.confirmations import OfficerConfirmation
from cases.models.contact_points import ForcePhone, Mailbox, Shift
from cases.models.contacts import Contact, Means, Mood, Outcome, WitnessRole
from cases.models.corrections import Correction
from cases.models.details import DetailsChange
from cases.models.disclosures import Disclosure
from cases.models.documents import Document
from cases.models.drafts import Draft, KeptForm
from cases.models.endings import Condition, EpisodeEnding
from cases.models.episode_decisions import EpisodeDecision, EpisodeFinding
from cases.models.episode_log import EpisodeCall, EpisodeGrade, EpisodeUpdate
from cases.models.episodes import EpisodeForce, MissingEpisode, PoliceGrade, SeenReport
from cases.models.events import AccessRecord, ConfigurationChange, Event, HomeEvent
from cases.models.find_me import FindMeReview, FindMeSection
from cases.models.forces import EpisodeOfficer, ForceInCharge, ForceOffer
from cases.models.found import FoundAddition, FoundChild, FoundMatch
from cases.models.found_photos import FoundPhoto
from cases.models.head_counts import HeadCount
from cases.models.held import HeldPaper
from cases.models.incidents import Incident, IncidentEpisode
from cases.models.journeys import EscortLink, Journey, JourneyConfirmation, JourneyStop
from cases.models.legal import LegalStatus
from cases.models.legal_holds import LegalHold
from cases.models.link_requests import LinkMatter, LinkRequest
from cases.models.links import ChildLink
from cases.models.mail_refusals import MailRefusal
from cases.models.manager_covers import ManagerCover
from cases.models.matters import Matter, MatterEntry
from cases.models.meetings import Meeting
from cases.models.missing_reports import (
    MissingReport,
    PhoneState,
    PoliceChannel,
    PoliceRung,
    Questions,
    Said,
    Steps,
    Taken,
)
from cases.models.mistakes import Mistake
from cases.models.names import NameKey
from cases.models.notes import Note
from cases.models.nrm import FirstResponder, NrmReferral, NrmReferrer, NrmStep
from cases.models.organisations import (
    Authority,
    ForceAgreement,
    GuardianService,
    Home,
    Nation,
    PoliceForce,
    Provider,
    Team,
)
from cases.models.people import (
    AUTHORITY_ROLES,
    HOME_ROLES,
    TEAM_ROLES,
    Language,
    Membership,
    Outside,
    Reach,
    Role,
    Told,
    ToldBy,
    User,
)
from cases.models.photos import Photo, PhotoBasis, PhotoSource
from cases.models.placement_papers import PlacementApproval, RoomReview
from cases.models.placements import Absence, Placement, RollCallShift
from cases.models.planned_placements import PlannedPlacement, PlannedStep
from cases.models.plans import ActionWord, PlanAction, PlanSignature, SafetyPlan
from cases.models.prevention_interviews import PreventionInterview, SeenAlone
from cases.models.quarantine import QuarantinedFile
from cases.models.responsibility import Allocation, Responsibility
from cases.models.restrictions import NamedPerson, Restriction
from cases.models.return_interviews import (
    Independence,
    Interpreter,
    Interview,
    ReturnInterview,
    Sharing,
)
from cases.models.reviewing_officers import ReviewingOfficer
from cases.models.reviews import MissingReview
from cases.models.row_changes import RowChange
from cases.models.seals import Seal
from cases.models.signs import Sign
from cases.models.splits import Split, SplitShare
from cases.models.staffing import PlacementStaffing, PlacementWay
from cases.models.supervisions import Discussion, Supervision
from cases.models.transfers import Acknowledgement, Transfer
from cases.models.triggers import Trigger
from cases.models.visits import HostNotice, Visit, VisitRequest
from cases.models.worker_leaves import WorkerCover, WorkerLeave, worked_by

__all__ = [
    "AUTHORITY_ROLES",
    "HOME_ROLES",
    "TEAM_ROLES",
    "Absence",
    "AccessRecord",
    "Acknowledgement",
    "ActionWord",
    "AgeDecision",
    "AgeStatus",
    "Allocation",
    "ArrivalGroup",
    "AssessmentReading",
    "Authority",
    "AwayReference",
    "BirthDateBasis",
    "BirthDateClaim",
    "BirthDatePrecision",
    "BrokenGlass",
    "BuildingCheck",
    "CareEnd",
    "Child",
    "ChildGroupPermission",
    "ChildLink",
    "ChildPart",
    "Condition",
    "ConfigurationChange",
    "Contact",
    "Correction",
    "DetailsChange",
    "Disclosure",
    "Discussion",
    "Document",
    "Draft",
    "EpisodeCall",
    "EpisodeDecision",
    "EpisodeEnding",
    "EpisodeFinding",
    "EpisodeForce",
    "EpisodeGrade",
    "EpisodeOfficer",
    "EpisodeUpdate",
    "EscortLink",
    "Event",
    "FindMeReview",
    "FindMeSection",
    "FirstResponder",
    "ForceAgreement",
    "ForceInCharge",
    "ForceOffer",
    "ForcePhone",
    "FoundAddition",
    "FoundChild",
    "FoundMatch",
    "FoundPhoto",
    "GuardianInvitation",
    "GuardianService",
    "HeadCount",
    "HeldPaper",
    "Home",
    "HomeEvent",
    "HostNotice",
    "Incident",
    "IncidentEpisode",
    "Independence",
    "Interpreter",
    "Interview",
    "Journey",
    "JourneyConfirmation",
    "JourneyStop",
    "KeepFrom",
    "KeptForm",
    "Language",
    "LegalHold",
    "LegalStatus",
    "LinkMatter",
    "LinkRequest",
    "Literacy",
    "LiveConcern",
    "MailRefusal",
    "Mailbox",
    "ManagerCover",
    "Matter",
    "MatterEntry",
    "Means",
    "Meeting",
    "MeetingBooking",
    "Membership",
    "MissingEpisode",
    "MissingReport",
    "MissingReview",
    "Mistake",
    "Mood",
    "NameKey",
    "NamedPerson",
    "Nation",
    "Needs",
    "Note",
    "NrmReferral",
    "NrmReferrer",
    "NrmStep",
    "NumberFrom",
    "Office",
    "OfficerConfirmation",
    "Outcome",
    "Outside",
    "PersonalAdviser",
    "PhoneState",
    "Photo",
    "PhotoBasis",
    "PhotoSource",
    "Placement",
    "PlacementApproval",
    "PlacementStaffing",
    "PlacementWay",
    "PlanAction",
    "PlanSignature",
    "PlannedPlacement",
    "PlannedStep",
    "PoliceChannel",
    "PoliceForce",
    "PoliceGrade",
    "PoliceRung",
    "PreventionInterview",
    "Provider",
    "QuarantinedFile",
    "Questions",
    "Reach",
    "ReferenceSerial",
    "Responsibility",
    "Restriction",
    "ReturnInterview",
    "ReviewingOfficer",
    "Risk",
    "RiskAssessment",
    "RiskGrade",
    "Role",
    "RollCallShift",
    "RoomReview",
    "RowChange",
    "SafetyPlan",
    "Said",
    "Seal",
    "SeenAlone",
    "SeenReport",
    "Sex",
    "Sharing",
    "Shift",
    "Sign",
    "Split",
    "SplitShare",
    "Steps",
    "Supervision",
    "Taken",
    "Team",
    "Told",
    "ToldBy",
    "Trafficking",
    "Transfer",
    "Trigger",
    "User",
    "Visit",
    "VisitRequest",
    "WitnessRole",
    "WorkerCover",
    "WorkerLeave",
    "worked_by",
]
