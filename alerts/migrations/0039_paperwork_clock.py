"""A clock for each paper that a child is owed: its rungs climb until it is recorded."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0038_message_of_a_change"),
        ("cases", "0062_arrival_facts"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="clock",
            name="clock_of_a_duty_names_it",
        ),
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
                    ("paperwork", "Paperwork"),
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
                        ("kind__in", ("duty", "review", "paperwork")), models.Q(("duty", ""), _negated=True)
                    ),
                    models.Q(
                        models.Q(("kind__in", ("duty", "review", "paperwork")), _negated=True), ("duty", "")
                    ),
                    _connector="OR",
                ),
                name="clock_of_a_duty_names_it",
            ),
        ),
    ]
