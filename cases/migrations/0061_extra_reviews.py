"""A review that is held outside the calendar is kept, and answers none that is due."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0060_deaths_heard_by_two"),
    ]

    operations = [
        migrations.AlterField(
            model_name="missingreview",
            name="due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="missingreview",
            name="kind",
            field=models.CharField(
                choices=[
                    ("multi_agency", "Multi-agency review"),
                    ("day_28", "Formal review on day 28"),
                    ("month_3", "Review at 3 months"),
                    ("month_6", "Review at 6 months"),
                    ("yearly", "Yearly review"),
                    ("extra", "Extra review"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="missingreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at", None), ("kind", "extra")),
                    models.Q(models.Q(("kind", "extra"), _negated=True), ("due_at__isnull", False)),
                    _connector="OR",
                ),
                name="review_due_unless_extra",
            ),
        ),
    ]
