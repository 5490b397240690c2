"""What stood in a duty step before it was written over is kept beside it: a draft of a policy is tried on it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Q, Value

# So many steps are held in memory at once.
AT_ONCE = 500


def remember(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Of a step that was booked, or whose answer was taken back, what its answers say; of any other the row says enough."""
    told = apps.get_model("alerts", "StepAnswer").objects.filter(
        Q(withdrawn_at__isnull=False) | Q(booked_for__isnull=False)
    )
    steps = apps.get_model("alerts", "DutyStep").objects.filter(pk__in=told.values("step"))
    for step in steps.prefetch_related("answers").iterator(chunk_size=AT_ONCE):
        step.past = list(before(step, list(step.answers.all())))
        step.save(update_fields=["past"])


def before(step: Any, answers: list[Any]) -> Iterator[dict[str, Any]]:
    """How it stood between any two of its answers and withdrawals, the oldest first; its hours are those of now."""
    turns = sorted({at for one in answers for at in (one.said_at, one.withdrawn_at) if at is not None})
    for since, until in zip([step.planned_at, *turns], turns, strict=False):
        said = [one for one in answers if one.said_at <= since and not _is_withdrawn(one, since)]
        was_taken_back = any(_is_withdrawn(one, since) for one in answers)
        booked = [one.booked_for for one in said if one.booked_for is not None]
        done = [one.said_at for one in said if one.booked_for is None]
        yield {
            "until": until.isoformat(),
            "policy_version": step.policy_version,
            "planned_at": step.planned_at.isoformat(),
            "due_at": step.due_at.isoformat(),
            "steps": step.steps,
            "again": step.again if was_taken_back else {},
            "booked_for": booked[-1].isoformat() if booked else None,
            "done_at": done[0].isoformat() if done else None,
        }


def _is_withdrawn(answer: Any, at: datetime) -> bool:
    return answer.withdrawn_at is not None and answer.withdrawn_at <= at


class Migration(migrations.Migration):
    dependencies = [("alerts", "0057_texts_that_name_a_child")]

    operations = [
        migrations.AddField(
            model_name="dutystep",
            name="past",
            field=models.JSONField(blank=True, db_default=Value([], models.JSONField()), default=list),
        ),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
