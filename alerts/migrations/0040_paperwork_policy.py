"""Store the paperwork policy that a council starts from, and let the sweep look at every open case once."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import paperwork, policies
from cases import clock

REASON = "The defaults that a council starts from, to be signed off"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    at = clock.now()
    apps.get_model("alerts", "PolicyVersion").objects.create(
        key=policies.PAPER,
        version=1,
        data=policies.paper_data(paperwork.DEFAULT),
        takes_effect_at=at,
        published_at=at,
        reason=REASON,
    )


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    added = apps.get_model("alerts", "PolicyVersion").objects.filter(key=policies.PAPER)
    added._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0039_paperwork_clock")]

    operations = [
        migrations.RunPython(store, remove),
        # Nothing else might be written about a child for weeks: the next sweep reads the facts and makes the other clocks.
        migrations.RunSQL(
            """
            INSERT INTO alerts_clock (child_id, kind, "window", rows, steps, resting, rung, next_at, urgency, faults, fault, duty)
            SELECT id, 'paperwork', '', ARRAY[]::varchar[], '{}'::jsonb, false, '', now(), 100, 0, '', 'assessment'
              FROM cases_child
             WHERE closed_at IS NULL
            """,
            "DELETE FROM alerts_clock WHERE kind = 'paperwork'",
        ),
    ]
