"""Until when a placement is meant to last can change, and what comes after it is said."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0024_whole_checklist"),
    ]

    operations = [
        migrations.AddField(
            model_name="placement",
            name="comes_next",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="placement",
            name="comes_next_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("comes_next", ""), ("comes_next_at", None)),
                    models.Q(
                        models.Q(("comes_next", ""), _negated=True),
                        ("comes_next_at__isnull", False),
                        ("expected_end_date__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="placement_next_said_when_and_until_when",
            ),
        ),
    ]
