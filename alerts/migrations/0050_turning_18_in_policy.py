"""Ask for a plan for the 18th birthday from now on where the paperwork policy was stored before it knew of it."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import paperwork, policies
from cases import clock

REASON = "The plan for the 18th birthday, to be signed off"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    versions = apps.get_model("alerts.PolicyVersion").objects.filter(key=policies.PAPER)
    last = versions.order_by("-version")[0]
    added = {
        name: rule
        for name, rule in policies.paper_data(paperwork.DEFAULT)["papers"].items()
        if name not in last.data["papers"]
    }
    if not added:
        return
    at = clock.now()
    versions.create(
        key=policies.PAPER,
        version=last.version + 1,
        data={"papers": {**last.data["papers"], **added}},
        takes_effect_at=at,
        published_at=at,
        reason=REASON,
    )
    # The next sweep reads these clocks again and makes the others.
    apps.get_model("alerts.Clock").objects.filter(kind="paperwork").update(next_at=at)


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    stored = apps.get_model("alerts.PolicyVersion").objects.filter(key=policies.PAPER, reason=REASON)
    stored._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0049_sign_off_in_policy")]

    operations = [migrations.RunPython(store, remove)]
