"""When a child is missing, who lives with it and who is said to belong to it is to be seen: one row for each."""

import django.db.models.deletion
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0027_signs"),
    ]

    operations = [
        migrations.CreateModel(
            name="HeadCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[("home", "Lives in the same home"), ("link", "Said to belong together")],
                        max_length=4,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("raised_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="head_counts",
                        to="cases.child",
                    ),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="head_counts",
                        to="cases.missingepisode",
                    ),
                ),
            ],
            options={
                "ordering": ["raised_at", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)), fields=["episode"], name="head_count_open"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("child", "episode"), name="head_count_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_at__gt", models.F("raised_at")),
                            ("raised_at__gte", models.F("since")),
                            models.Q(
                                ("ended_at", None), ("ended_at__gte", models.F("raised_at")), _connector="OR"
                            ),
                        ),
                        name="head_count_in_order",
                    ),
                ],
            },
        ),
        schema.changes_only(cases_headcount="ended_at"),
        *schema.history("cases_headcount", of="child_id"),
    ]
