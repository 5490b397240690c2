"""Let two people say that a child is treated as an adult elsewhere: a visit each week is all that is left of the watch."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0073_transfers_to_be_read"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="agedecision",
            name="age_adult_by_two_people",
        ),
        migrations.AddConstraint(
            model_name="agedecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("age_status__in", ("assessed_adult", "treated_as_adult_elsewhere")), _negated=True
                    ),
                    models.Q(
                        ("seconded_by__isnull", False),
                        models.Q(("seconded_by", models.F("recorded_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="age_adult_by_two_people",
            ),
        ),
    ]
