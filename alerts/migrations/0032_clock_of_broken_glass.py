"""Let a clock tell of broken glass."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0031_message_by_user"),
        ("cases", "0046_broken_glass"),
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
                    ("review", "Review"),
                    ("glass", "Glass broken"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("episode__isnull", False),
                        ("kind__in", ("call", "away", "seen", "not_here", "duty", "review")),
                    ),
                    models.Q(
                        ("episode", None),
                        (
                            "kind__in",
                            ("contact", "second_eyes", "guardian", "approach", "no_worker", "glass"),
                        ),
                    ),
                    _connector="OR",
                ),
                name="clock_of_an_episode_has_one",
            ),
        ),
    ]
