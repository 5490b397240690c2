"""That a brother or sister goes is the engine's word, where who entered it would say where to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0058_what_those_who_stay_said"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="trigger",
            name="trigger_of_nobody_is_the_engines",
        ),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recorded_by__isnull", False), ("kind__in", ("turning_18", "move")), _connector="OR"
                ),
                name="trigger_of_nobody_is_the_engines",
            ),
        ),
    ]
