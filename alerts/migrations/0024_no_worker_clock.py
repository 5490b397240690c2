"""Give a child without a social worker a clock of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0023_approach_clock"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="clock",
            name="clock_of_an_episode_has_one",
        ),
        migrations.AlterField(
            model_name="clock",
            name="kind",
            field=models.CharField(
                choices=[
                    ("contact", "Contact"),
                    ("second_eyes", "Second pair of eyes"),
                    ("call", "Police call"),
                    ("away", "Away reported"),
                    ("seen", "Reported seen"),
                    ("not_here", "Not here"),
                    ("duty", "Duty step"),
                    ("guardian", "Guardian"),
                    ("approach", "Somebody came"),
                    ("no_worker", "No social worker"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("episode__isnull", False), ("kind__in", ("call", "away", "seen", "not_here", "duty"))
                    ),
                    models.Q(
                        ("episode", None),
                        ("kind__in", ("contact", "second_eyes", "guardian", "approach", "no_worker")),
                    ),
                    _connector="OR",
                ),
                name="clock_of_an_episode_has_one",
            ),
        ),
    ]
