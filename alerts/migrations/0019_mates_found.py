"""A clock of an episode may tell that somebody who went along has been found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0018_released_to_police"),
        ("cases", "0035_mates_found"),
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
                    ("concern", "Serious concern"),
                    ("message", "A message from the missing child"),
                    ("mate_found", "A child who went along has been found"),
                    ("head_count", "Another child is missing"),
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
                        (
                            "kind__in",
                            ("call", "away", "seen", "not_here", "duty", "review", "message", "mate_found"),
                        ),
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
                                "concern",
                                "head_count",
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
    ]
