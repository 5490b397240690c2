"""Rows that say beside their facts where children stand, asked for on each page of them and so worded once."""

from typing import Any

from django.db.models import F, QuerySet

from alerts.models import Alert, Clock, DutyTask, DutyTaskAlert, Verification
from alerts.states import AlertStatus
from cases.models import Contact, Event, Outcome, ReturnInterview
from cases.worded import worded

# What a report of *not here* leaves behind once it is made, by event.
REPORTED = ("reported_missing", "police_reference_recorded")


@worded
def clocks(ids: Any) -> QuerySet[Clock]:
    """The contact clock of each of these children."""
    return Clock.objects.filter(child__among=ids, kind=Clock.Kind.CONTACT)


@worded
def alerts(ids: Any) -> QuerySet[Alert]:
    """The open contact alert of each."""
    return Alert.objects.open().filter(child__among=ids, clock__kind=Clock.Kind.CONTACT)


@worded
def tasks(ids: Any) -> QuerySet[Any]:
    """The open tasks to ring about their alerts, those that are taken first, each with its child."""
    kinds = (DutyTask.Kind.RING_HOME, DutyTask.Kind.FIND_PLACEMENT, DutyTask.Kind.RING_POLICE)
    return (
        DutyTaskAlert.objects.filter(
            task__done_at=None, task__kind__in=kinds, alert__status=AlertStatus.OPEN, alert__child__among=ids
        )
        .select_related("task__taken_by")
        .annotate(child_id=F("alert__child"))
        .order_by(F("task__taken_at").asc(nulls_last=True), "task__urgency", "pk")
    )


@worded
def not_here(ids: Any) -> QuerySet[Contact]:
    """The last look for each in vain."""
    return (
        Contact.objects.standing()
        .filter(child__among=ids, outcome=Outcome.NOT_HERE)
        .order_by("child_id", "-happened_at", "-pk")
        .distinct("child_id")
        .select_related("recorded_by")
    )


@worded
def reported(ids: Any) -> QuerySet[Event, int | None]:
    """The episodes of which a report or a police reference stands on record."""
    return Event.objects.filter(child__among=ids, kind__in=REPORTED).values_list("subject_id", flat=True)


@worded
def interviewed(ids: Any) -> QuerySet[ReturnInterview, int]:
    """The episodes of these children after which a return interview was held, or not wanted."""
    written = ReturnInterview.objects.concluded().filter(episode__child__among=ids)
    return written.values_list("episode", flat=True)


@worded
def verified(ids: Any) -> QuerySet[Verification]:
    """The latest verification of each open episode that counts."""
    return (
        Verification.objects.of_this_search()
        .believed()
        .filter(episode__child__among=ids, episode__ended_at=None)
        .order_by("episode_id", "-at", "-pk")
        .distinct("episode_id")
        .select_related("recorded_by", "force")
    )
