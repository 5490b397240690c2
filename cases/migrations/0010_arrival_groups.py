"""Let children who arrived together be known as one group."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_photo"),
    ]

    operations = [
        migrations.CreateModel(
            name="ArrivalGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("arrived_at", models.DateTimeField()),
                ("place", models.CharField(max_length=120)),
                ("port", models.CharField(blank=True, max_length=120)),
                ("started_at", models.DateTimeField()),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="arrival_groups",
                        to="cases.authority",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-arrived_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="child",
            name="arrival_group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="cases.arrivalgroup",
            ),
        ),
        migrations.AddIndex(
            model_name="arrivalgroup",
            index=models.Index(fields=["authority", "-arrived_at"], name="arrivals_by_authority"),
        ),
        schema.kept("cases_arrivalgroup"),
    ]
