"""Let sickness stand beside leave that is booked: whoever falls ill before it may be so beyond it."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0088_documents"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="workerleave",
            name="worker_leave_once",
        ),
        migrations.AddConstraint(
            model_name="workerleave",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("called_off_at", None)),
                expressions=[
                    ("worker", "="),
                    ("kind", "="),
                    (
                        models.Func(
                            models.F("starts_at"),
                            models.F("ends_at"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="worker_leave_once",
            ),
        ),
    ]
