"""One open alert of a clock, as the models say: 0021 took the index away with that of the key. And an end has an hour.

Django drops each index that is of a key's column alone when the key is to have none, a unique one with a condition among them.
"""

from django.db import migrations, models

# What nothing refused meanwhile: of two that are open the earlier goes on, which the sweep has climbed.
END_THE_LATER = """
    LOCK TABLE alerts_alert IN SHARE ROW EXCLUSIVE MODE;
    UPDATE alerts_alert AS later SET status = 'ended', ended_at = greatest(now(), opened_at), end_reason = 'told_anew'
    WHERE status = 'open' AND EXISTS (
        SELECT FROM alerts_alert AS earlier
        WHERE earlier.clock_id = later.clock_id AND earlier.status = 'open' AND earlier.id < later.id
    )
"""
ONE_OPEN = """
    CREATE UNIQUE INDEX IF NOT EXISTS alert_one_open_per_clock ON alerts_alert (clock_id) WHERE status = 'open'
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0062_test_calls_of_homes")]

    operations = [
        migrations.RunSQL(END_THE_LATER, migrations.RunSQL.noop),
        migrations.RunSQL(ONE_OPEN, "DROP INDEX IF EXISTS alert_one_open_per_clock"),
        migrations.RemoveConstraint(model_name="release", name="release_ended_by_somebody"),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                name="release_ended_by_somebody",
                condition=models.Q(("ended_by", None), ("ends_at", None))
                | models.Q(
                    ("ended_by__isnull", False),
                    ("ends_at__gte", models.F("starts_at")),
                    ("ends_at__isnull", False),
                ),
            ),
        ),
    ]
