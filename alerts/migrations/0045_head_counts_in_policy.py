"""By when whoever is left is to be seen when a child is missing stands in a policy: as it has been since it is asked for."""

from datetime import UTC, datetime

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import default_policies, policies

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
REASON = "What was asked of the others, as a policy"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """An installation that begins with this release has it among the first versions of its rows."""
    row = default_policies.HEAD_COUNT
    versions = apps.get_model("alerts", "PolicyVersion").objects
    if not versions.filter(key=row.key).exists():
        versions.create(
            key=row.key,
            version=1,
            data=policies.row_data(row),
            takes_effect_at=FIRST,
            published_at=FIRST,
            reason=REASON,
        )


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The release before knows no such policy, and asks by the same figures."""
    # Without the collector, which looks for related rows through classes of another state of the models.
    stored = apps.get_model("alerts", "PolicyVersion").objects.filter(key=default_policies.HEAD_COUNT.key)
    stored._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0044_unkept_roll_calls")]

    operations = [migrations.RunPython(store, remove)]
