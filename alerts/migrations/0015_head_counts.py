"""A clock of a child may tell that another is missing, and that this one is to be seen."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0014_too_young"),
        ("cases", "0028_head_counts"),
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
