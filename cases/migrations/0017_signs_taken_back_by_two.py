"""Signs of trafficking that are taken back: by two people, with a reason; what was written before stays as it is."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0016_supervision"),
    ]

    operations = [
        migrations.AddField(
            model_name="detailschange",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        AddConstraintNotValid(
            model_name="detailschange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("before__trafficking", "yes"), _negated=True),
                    models.Q(
                        ("seconded_by__isnull", False),
                        models.Q(("seconded_by", models.F("changed_by")), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="details_signs_taken_back_by_two_people",
            ),
        ),
    ]
