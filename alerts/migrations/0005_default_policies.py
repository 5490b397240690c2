"""Store the contact policies that a council starts from as the first versions of their rows."""

from datetime import UTC, datetime

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import default_policies, policies
from alerts.call_ladder import CallTimes

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
REASON = "The defaults that a council starts from, to be signed off"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    version = apps.get_model("alerts", "PolicyVersion")
    data = {row.key: policies.row_data(row) for row in default_policies.ROWS}
    data[policies.CALL] = policies.call_data(CallTimes())
    for key, value in data.items():
        version.objects.create(
            key=key, version=1, data=value, takes_effect_at=FIRST, published_at=FIRST, reason=REASON
        )


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    first = apps.get_model("alerts", "PolicyVersion").objects.filter(version=1, published_by=None)
    first._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_queues")]

    operations = [migrations.RunPython(store, remove)]
