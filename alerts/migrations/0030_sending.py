"""Know a database that came back from a dump, and hold what it owed of old until a person decides."""

from django.conf import settings
from django.db import migrations, models

from cases import schema

# A database that is migrated where it stands is in service, and a new one too.
IN_SERVICE = """
    INSERT INTO alerts_sending (id, is_on, cluster, "table", changed_at)
    SELECT 1, TRUE, system_identifier, 'alerts_sending'::regclass::bigint, clock_timestamp() FROM pg_control_system()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0029_reviews_in_policy"),
        ("cases", "0039_home_closes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Sending",
            fields=[
                (
                    "id",
                    models.SmallIntegerField(default=1, editable=False, primary_key=True, serialize=False),
                ),
                ("is_on", models.BooleanField()),
                ("cluster", models.BigIntegerField()),
                ("table", models.BigIntegerField()),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="message",
            name="held_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("held_at", None), models.Q(("status", "sending"), _negated=True), _connector="OR"
                ),
                name="message_held_is_in_no_hand",
            ),
        ),
        migrations.AddConstraint(
            model_name="sending",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="sending_is_one_row"),
        ),
        migrations.RunSQL(IN_SERVICE, migrations.RunSQL.noop),
        schema.kept("alerts_sending"),
    ]
