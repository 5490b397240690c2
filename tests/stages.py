"""Where each of those stands that have no status of their own, read from their rows."""

from datetime import datetime

from cases import action_words, assessments, plans
from cases.models import (
    Child,
    Journey,
    JourneyConfirmation,
    ManagerCover,
    MeetingBooking,
    PlanAction,
    PlannedPlacement,
    RiskAssessment,
    SafetyPlan,
    WorkerCover,
)
from cases.plan_states import ActionStage, PlanStage
from cases.states import AssessmentStage, BookingStage, CoverStage, JourneyStage, PlannedStage
from guardians.models import GuardianCover, NoGuardian
from guardians.states import NoneStage


def of_journey(row: Journey) -> str:
    if row.ended_at is not None:
        return JourneyStage.BROKEN_OFF if row.reason else JourneyStage.HANDED_OVER
    confirmed = JourneyConfirmation.objects.standing().filter(stop__journey=row)
    return JourneyStage.UNDER_WAY if confirmed.exists() else JourneyStage.PLANNED


def of_planned(row: PlannedPlacement) -> str:
    if row.placement_id is not None:
        return PlannedStage.TAKEN_UP
    return PlannedStage.PLANNED if row.ended_at is None else PlannedStage.CALLED_OFF


def of_assessment(row: RiskAssessment) -> str:
    if (reading := getattr(row, "reading", None)) is not None:
        return AssessmentStage.SIGNED if reading.signed else AssessmentStage.SENT_BACK
    child = Child.objects.get(pk=row.child_id)
    if assessments.latest(child) != row:
        return AssessmentStage.OVERTAKEN
    return AssessmentStage.WAITS if assessments.waits(row, child) else AssessmentStage.UNREAD


def of_plan(row: SafetyPlan) -> str:
    if hasattr(row, "signature"):
        return PlanStage.SIGNED
    return PlanStage.UNSIGNED if plans.latest(row.child) == row else PlanStage.OVERTAKEN


def of_action(row: PlanAction) -> str:
    if row.ended_at is not None:
        return row.ending
    if not row.stands:
        return ActionStage.LAPSED
    says = action_words.waiting_since(row.words.all(), row.owned_since)
    return ActionStage.SAID_DONE if says else ActionStage.ASKED


def of_booking(row: MeetingBooking) -> str:
    is_open = MeetingBooking.objects.open().filter(pk=row.pk).exists()
    return row.ending or (BookingStage.BOOKED if is_open else BookingStage.HELD)


def of_cover(row: GuardianCover, at: datetime) -> str:
    if row.called_off_at is not None:
        return CoverStage.CALLED_OFF
    if row.accepted is False:
        return CoverStage.DECLINED
    if row.ends_at <= at:
        return CoverStage.OVER
    return CoverStage.ACCEPTED if row.accepted else CoverStage.WAITING


def of_leave_cover(row: WorkerCover | ManagerCover, at: datetime) -> str:
    """Of what ends it the first counts: it is called off, or over with its leave, with what is covered, or by itself."""
    if row.accepted is False:
        return CoverStage.DECLINED
    work = row.allocation if isinstance(row, WorkerCover) else row.membership
    ends = [end for end in (row.ends_at, row.leave.ends_at, work.ends_at) if end is not None and end <= at]
    if row.called_off_at is not None and all(row.called_off_at < end for end in ends):
        return CoverStage.CALLED_OFF
    if ends:
        return CoverStage.OVER
    return CoverStage.ACCEPTED if row.accepted else CoverStage.WAITING


def of_none(row: NoGuardian) -> str:
    return NoneStage.OVER if row.ends_at is not None else row.kind
