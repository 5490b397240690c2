"""Store the limits of guardian coverage that a council starts from, and let the sweep look at every eligible child once."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import policies
from cases import clock
from guardians.coverage import Limits

REASON = "The defaults that a council starts from, to be signed off"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    at = clock.now()
    apps.get_model("alerts", "PolicyVersion").objects.create(
        key=policies.GUARDIAN,
        version=1,
        data=policies.limits_data(Limits()),
        takes_effect_at=at,
        published_at=at,
        reason=REASON,
    )


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    added = apps.get_model("alerts", "PolicyVersion").objects.filter(key=policies.GUARDIAN)
    added._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0020_guardian_clock"), ("guardians", "0003_no_guardian")]

    operations = [
        migrations.RunPython(store, remove),
        # A child who is owed a guardian already gets the clock from the next sweep, which reads the facts.
        migrations.RunSQL(
            """
            INSERT INTO alerts_clock (child_id, kind, "window", rows, steps, resting, rung, next_at, urgency, faults, fault, duty)
            SELECT id, 'guardian', '', ARRAY[]::varchar[], '{}'::jsonb, false, '', now(), 100, 0, '', ''
              FROM cases_child
             WHERE closed_at IS NULL AND (trafficking = 'yes' OR nrm_reference <> '')
            """,
            "DELETE FROM alerts_clock WHERE kind = 'guardian'",
        ),
    ]
