"""Ask for the duty steps of an episode from now on: one that is open already began under a policy that had none."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import duties, policies
from cases import clock

REASON = "The steps that a council starts from, to be signed off"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    at = clock.now()
    apps.get_model("alerts", "PolicyVersion").objects.create(
        key=policies.DUTY,
        version=1,
        data=policies.duty_data(duties.DEFAULT_RULES),
        takes_effect_at=at,
        published_at=at,
        reason=REASON,
    )


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    stored = apps.get_model("alerts", "PolicyVersion").objects.filter(key=policies.DUTY, reason=REASON)
    stored._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0018_duty_steps")]

    operations = [migrations.RunPython(store, remove)]
