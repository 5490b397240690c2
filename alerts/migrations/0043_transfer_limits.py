"""Store the limits of transfers that a council starts from."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import policies, transfer_policies
from alerts.transfer_ladder import Limits
from cases import clock

REASON = "The defaults that a council starts from, to be signed off"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    at = clock.now()
    apps.get_model("alerts.PolicyVersion").objects.create(
        key=policies.TRANSFER,
        version=1,
        data=transfer_policies.data_of(Limits()),
        takes_effect_at=at,
        published_at=at,
        reason=REASON,
    )


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    added = apps.get_model("alerts.PolicyVersion").objects.filter(key=policies.TRANSFER)
    added._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0042_transfer_clock")]

    operations = [migrations.RunPython(store, remove)]
