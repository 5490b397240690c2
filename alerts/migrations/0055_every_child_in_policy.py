"""Ask for a guardian of every child who came alone in Scotland and Northern Ireland, from now on."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from alerts import policies
from cases import clock
from guardians.coverage import Limits

REASON = "A guardian for every child who came alone, by the law of two nations"


def store(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    versions = apps.get_model("alerts", "PolicyVersion").objects.filter(key=policies.GUARDIAN)
    at, stored = clock.now(), list(versions.order_by("takes_effect_at", "version"))
    counting = [
        *[one for one in stored if one.takes_effect_at <= at][-1:],
        *(one for one in stored if one.takes_effect_at > at),
    ]
    number = max((one.version for one in stored), default=0)
    for version in counting:
        if "every_child" in version.data:
            continue
        number += 1
        versions.create(
            key=policies.GUARDIAN,
            version=number,
            data={**version.data, "every_child": list(Limits().every_child)},
            takes_effect_at=max(version.takes_effect_at, at),
            published_at=at,
            reason=REASON,
        )


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Without the collector, which looks for related rows through classes of another state of the models.
    stored = apps.get_model("alerts", "PolicyVersion").objects.filter(key=policies.GUARDIAN, reason=REASON)
    stored._raw_delete(editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0054_ring_the_escorts")]

    operations = [migrations.RunPython(store, remove)]
