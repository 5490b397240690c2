"""An authority may have policies of its own beside those that were delivered."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from cases import clock


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take out what was one authority's: without its column it would hold for all; and have every clock read again."""
    own = apps.get_model("alerts", "PolicyVersion").objects.filter(authority__isnull=False)
    if not own.exists():
        return
    # Without the collector, which looks for related rows through classes of another state of the models.
    own._raw_delete(editor.connection.alias)
    now = clock.now()
    apps.get_model("alerts", "Clock").objects.filter(next_at__gt=now).update(next_at=now)
    # The columns of a table with rows that are to be checked yet stay.
    editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0066_found_photos"),
        ("alerts", "0041_bed_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="policyversion",
            name="authority",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="policies",
                to="cases.authority",
            ),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="follows_delivered",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("authority", None), ("published_by__isnull", False), _connector="OR"),
                name="policy_of_one_authority_by_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("follows_delivered", False), ("authority__isnull", False), _connector="OR"
                ),
                name="policy_ended_is_an_authoritys",
            ),
        ),
        # The last, and so the first to be taken back.
        migrations.RunPython(migrations.RunPython.noop, remove),
    ]
