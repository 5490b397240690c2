"""Keep when a social worker is not there, and who has their children's work meanwhile."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

# What the application changes of a row: its end, that it was looked at, what was answered, and that it was called off.
LEAVE, COVER = "cases_workerleave", "cases_workercover"
CHANGED = {
    LEAVE: "ends_at, called_off_at, looked_at, looked_by_id",
    COVER: "starts_at, ends_at, answered_at, accepted, reason, called_off_at",
}


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0084_escort_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkerLeave",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("leave", "On leave"), ("sickness", "Sick")], max_length=8),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                ("called_off_at", models.DateTimeField(blank=True, null=True)),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "looked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="worker_leaves",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="WorkerCover",
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
                    "allocation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covers",
                        to="cases.allocation",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="worker_covers",
                        to="cases.child",
                    ),
                ),
                (
                    "covered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="worker_covers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "leave",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covers",
                        to="cases.workerleave",
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="workerleave",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                ),
                name="worker_leave_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="workerleave",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "sickness"), ("ends_at__isnull", False), _connector="OR"),
                name="worker_leave_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="workerleave",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("looked_at", None), ("looked_by", None)),
                    models.Q(("looked_at__isnull", False), ("looked_by__isnull", False)),
                    _connector="OR",
                ),
                name="worker_leave_looked_at_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="workerleave",
            constraint=models.CheckConstraint(
                condition=models.Q(("worker", models.F("looked_by")), _negated=True),
                name="worker_leave_looked_at_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="workerleave",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("called_off_at", None)),
                expressions=[
                    ("worker", "="),
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
        migrations.AddConstraint(
            model_name="workercover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                ),
                name="worker_cover_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="workercover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted", None), ("answered_at", None)),
                    models.Q(("accepted__isnull", False), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="worker_cover_answered_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="workercover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted", None),
                    ("accepted", True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="worker_cover_declined_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="workercover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted", None),
                    ("accepted", False),
                    models.Q(("covered_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="worker_cover_accepted_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="workercover",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("accepted", True), ("called_off_at", None)),
                expressions=[
                    ("allocation", "="),
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
                name="worker_cover_by_one",
            ),
        ),
        schema.for_application(
            *(
                statement
                for table, columns in CHANGED.items()
                for statement in (
                    f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}",
                    f"GRANT UPDATE ({columns}) ON {table} TO {{role}}",
                )
            )
        ),
        *schema.history(LEAVE),
        *schema.history(COVER, of="child_id"),
    ]
