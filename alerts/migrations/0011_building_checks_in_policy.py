"""Ask for building checks where the first 72 hours asked for none, and let the sweep look at every home once."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import default_policies, policies
from cases import clock

KEY = "first_72_hours"
REASON = "Two checks of the building a night, by waking staff"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    version = apps.get_model("alerts", "PolicyVersion")
    last = version.objects.filter(key=KEY).order_by("-version").first()
    if last is None or last.data.get("checks"):
        return
    at = clock.now()
    version.objects.create(
        key=KEY,
        version=last.version + 1,
        data={**last.data, **policies.checks_data(default_policies.FIRST_72_HOURS)},
        takes_effect_at=at,
        published_at=at,
        reason=REASON,
    )


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    added = apps.get_model("alerts", "PolicyVersion").objects.filter(key=KEY, reason=REASON)
    added._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0010_home_clocks"), ("cases", "0012_building_checks_kept")]

    operations = [
        migrations.RunPython(store, remove),
        # A home where children live already gets its clock from the next sweep, which reads the facts.
        migrations.RunSQL(
            """
            INSERT INTO alerts_homeclock (home_id, "window", rows, steps, next_at, faults, fault)
            SELECT DISTINCT home_id, '', ARRAY[]::varchar[], '{}'::jsonb, now(), 0, ''
              FROM cases_placement WHERE home_id IS NOT NULL AND ends_at IS NULL
            """,
            migrations.RunSQL.noop,
        ),
    ]
