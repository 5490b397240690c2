"""What stood in the row of a duty step before it was written over: kept beside it in the same statement, and read back."""

from collections.abc import Iterator
from copy import copy
from datetime import datetime

from django.db.models import F, JSONField, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import JSONObject

from alerts.models import DutyStep

ANSWER = ("done_at", "done_by", "answer", "note")
# What decides whether a step is asked for and when who hears; who answered it in which words a replay does not ask.
KEPT = ("policy_version", "planned_at", "due_at", "steps", "again", "booked_for", "done_at")


def write(step: DutyStep, *fields: str, at: datetime) -> None:
    """Write these fields of a stored step, as it has them, at this instant of the service's time."""
    stood = JSONObject(until=Value(at.isoformat()), **{name: F(name) for name in KEPT})
    past = CombinedExpression(F("past"), "||", stood, output_field=JSONField())
    DutyStep.objects.filter(pk=step.pk).update(past=past, **{name: getattr(step, name) for name in fields})


def stood(row: DutyStep, at: datetime) -> DutyStep | None:
    """The step as it stood at `at`; None before it was asked for. `row` is as it stands now, and stays so."""
    step = copy(row)
    before = next((one for one in row.past if datetime.fromisoformat(one["until"]) > at), None)
    if before is not None:
        for field in DutyStep._meta.concrete_fields:
            if field.name in KEPT:
                setattr(step, field.name, field.to_python(before[field.name]))
    if step.planned_at > at:
        return None
    if step.done_at is not None and step.done_at > at:
        # It was answered before anything was kept of its past.
        step.done_at = None
    return step


def instants(row: DutyStep) -> Iterator[datetime]:
    """When it was asked for, answered, or written over."""
    yield row.planned_at
    if row.done_at is not None:
        yield row.done_at
    for before in row.past:
        yield datetime.fromisoformat(before["until"])
        yield datetime.fromisoformat(before["planned_at"])
