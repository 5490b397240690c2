"""Keep when the ending of an absence was written, and on whose word."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0020_statistician_role")]

    operations = [
        migrations.AddField(
            model_name="absence",
            name="ended_recorded_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="absence",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_recorded_at", None))
                | models.Q(("ended_recorded_at__gte", models.F("ends_at")), ("ends_at__isnull", False)),
                name="absence_ending_written_when_it_had_ended",
            ),
        ),
    ]
