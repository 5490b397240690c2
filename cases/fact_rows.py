"""Rows of the facts of children that are asked for at each step of a child, and so worded once."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.models import Contact, Journey, JourneyConfirmation, KeepFrom, Transfer
from cases.worded import worded


@worded
def journeys(child_ids: Any) -> QuerySet[Journey]:
    """The open journey of each of these children and those that may have left a question, with their stops."""
    word = Contact.objects.filter(
        child=OuterRef("child"), recorded_at=OuterRef("ended_at"), knows_child=True, withdrawn_at=None
    )
    marks = KeepFrom.objects.filter(child=OuterRef("child"))
    may_ask = Q(ended_at=None) | ~Q(reason="") | ~Exists(word) | Exists(marks)
    rows = Journey.objects.filter(may_ask, child__among=child_ids)
    return rows.order_by("pk").prefetch_related("stops")


@worded
def confirmations(journeys: Any) -> QuerySet[JourneyConfirmation]:
    """Of the stops of these journeys those that count, each with its stop and its contact."""
    rows = JourneyConfirmation.objects.counting().filter(stop__journey__among=journeys)
    return rows.select_related("stop", "contact")


@worded
def marks(child_ids: Any, at: Any) -> QuerySet[KeepFrom, Any]:
    """Each of these children with each person who is not to be told of it at `at`."""
    return KeepFrom.objects.current(at).filter(child__among=child_ids).values_list("child", "user")


@worded
def last_transfers(child_ids: Any) -> QuerySet[Transfer]:
    """The last transfer of each of these children, with its sender."""
    rows = Transfer.objects.filter(child__among=child_ids).order_by("child", "-referred_at", "-pk")
    return rows.distinct("child").select_related("sender")
