"""Give what a transfer owes clocks of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0041_seniors_who_come_later"),
        ("cases", "0065_lower_risk_ends"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="clock",
            name="clock_of_an_episode_has_one",
        ),
        migrations.RemoveConstraint(
            model_name="clock",
            name="clock_of_a_duty_names_it",
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
                    ("paperwork", "Paperwork"),
                    ("transfer", "Transfer"),
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
                            (
                                "contact",
                                "second_eyes",
                                "guardian",
                                "approach",
                                "no_worker",
                                "glass",
                                "paperwork",
                                "transfer",
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="clock_of_an_episode_has_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind__in", ("duty", "review", "paperwork", "transfer")),
                        models.Q(("duty", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("kind__in", ("duty", "review", "paperwork", "transfer")), _negated=True),
                        ("duty", ""),
                    ),
                    _connector="OR",
                ),
                name="clock_of_a_duty_names_it",
            ),
        ),
    ]
