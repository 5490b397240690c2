"""In which areas a guardian service takes children."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0062_numbers_put_through"),
        ("guardians", "0004_looks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ServiceArea",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_date", models.DateField()),
                ("ends_date", models.DateField(blank=True, null=True)),
                (
                    "children_stay",
                    models.BooleanField(default=False, verbose_name="the children keep their guardians"),
                ),
                ("form", models.CharField(blank=True, max_length=300)),
                ("mailbox", models.EmailField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=20)),
                ("reason", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardian_areas",
                        to="cases.authority",
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
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="areas",
                        to="cases.guardianservice",
                    ),
                ),
            ],
            options={
                "ordering": ["authority", "starts_date", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_date", None), ("ends_date__gte", models.F("starts_date")), _connector="OR"
                        ),
                        name="service_area_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("reason", ""),
                                ("service__isnull", False),
                                models.Q(("form", ""), ("mailbox", ""), ("phone", ""), _negated=True),
                            ),
                            models.Q(
                                ("children_stay", False),
                                ("ends_date__isnull", False),
                                ("form", ""),
                                ("mailbox", ""),
                                ("phone", ""),
                                ("service", None),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="service_area_says_how_or_why",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("service__isnull", False)),
                        expressions=[
                            ("authority", "="),
                            ("service", "="),
                            (
                                models.Func(
                                    models.F("starts_date"),
                                    models.F("ends_date"),
                                    models.Value("[]"),
                                    function="DATERANGE",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="service_area_once_at_a_time",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("service", None)),
                        expressions=[
                            ("authority", "="),
                            (
                                models.Func(
                                    models.F("starts_date"),
                                    models.F("ends_date"),
                                    models.Value("[]"),
                                    function="DATERANGE",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="service_area_none_once_at_a_time",
                    ),
                ],
            },
        ),
        schema.kept("guardians_servicearea"),
        *schema.history("guardians_servicearea"),
    ]
