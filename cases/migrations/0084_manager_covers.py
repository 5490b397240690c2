"""Who stands in a manager's post while its holder is away."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0083_night_confirmed_again"),
    ]

    operations = [
        migrations.CreateModel(
            name="ManagerCover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("accepted", models.BooleanField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("called_off_at", models.DateTimeField(blank=True, null=True)),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "covered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="manager_covers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "leave",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="manager_covers",
                        to="cases.workerleave",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covers",
                        to="cases.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                        ),
                        name="manager_cover_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted", None), ("answered_at", None)),
                            models.Q(("accepted__isnull", False), ("answered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="manager_cover_answered_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted", None),
                            ("accepted", True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="manager_cover_declined_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted", None),
                            ("accepted", False),
                            models.Q(("covered_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="manager_cover_accepted_by_another",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("accepted", True), ("called_off_at", None)),
                        expressions=[
                            ("membership", "="),
                            ("leave", "="),
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
                        name="manager_cover_by_one",
                    ),
                ],
            },
        ),
        schema.kept("cases_managercover"),
        schema.changes_only(
            cases_managercover="starts_at, ends_at, answered_at, accepted, reason, called_off_at"
        ),
        *schema.history("cases_managercover"),
    ]
