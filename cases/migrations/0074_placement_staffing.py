"""Who is at a placement when, and who looks for the child where nobody there can."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0073_night_on_the_way"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlacementStaffing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "presence",
                    models.CharField(
                        choices=[
                            ("always", "Day and night"),
                            ("hours", "For some hours of each day"),
                            ("visits", "Nobody lives or works there: somebody visits so many times a week"),
                            ("nobody", "Nobody is there, and nobody visits"),
                        ],
                        max_length=6,
                    ),
                ),
                ("from_time", models.TimeField(blank=True, null=True)),
                ("until_time", models.TimeField(blank=True, null=True)),
                ("visits_a_week", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staffings",
                        to="cases.child",
                    ),
                ),
                (
                    "placement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staffings",
                        to="cases.placement",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("from_time__isnull", False),
                                ("presence", "hours"),
                                ("until_time__isnull", False),
                            ),
                            models.Q(
                                models.Q(("presence", "hours"), _negated=True),
                                ("from_time", None),
                                ("until_time", None),
                            ),
                            _connector="OR",
                        ),
                        name="staffing_says_its_hours",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("presence", "visits"), ("visits_a_week__gte", 1), ("visits_a_week__lte", 99)
                            ),
                            models.Q(
                                models.Q(("presence", "visits"), _negated=True), ("visits_a_week", None)
                            ),
                            _connector="OR",
                        ),
                        name="staffing_says_its_visits",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlacementWay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("windows", models.JSONField()),
                ("who", models.CharField(max_length=150)),
                ("how", models.CharField(max_length=500)),
                ("until_date", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placement_ways",
                        to="cases.child",
                    ),
                ),
                (
                    "placement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ways", to="cases.placement"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("who", ""), _negated=True),
                            models.Q(("how", ""), _negated=True),
                            models.Q(("windows", []), _negated=True),
                        ),
                        name="placement_way_says_who_and_how",
                    )
                ],
            },
        ),
        *schema.append_only("cases_placementstaffing", "cases_placementway"),
    ]
