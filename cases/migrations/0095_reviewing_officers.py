"""Who reviews the care of each looked-after child, by an account of that role or by name."""

import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0094_splits"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewingOfficer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(blank=True, max_length=150)),
                ("phone", models.CharField(blank=True, max_length=30)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("starts_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_as",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("followed", "Another reviewing officer took over"),
                            ("left", "Is the reviewing officer no more"),
                            ("transfer", "Another council is responsible"),
                        ],
                        max_length=8,
                    ),
                ),
                ("ended_why", models.CharField(blank=True, max_length=500)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["-starts_at", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="membership",
            name="membership_organisation_fits_role",
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("social_worker", "Social worker"),
                    ("duty_desk", "Duty desk"),
                    ("team_manager", "Team manager"),
                    ("placement_staff", "Placement staff"),
                    ("foster_carer", "Foster carer"),
                    ("guardian", "Guardian"),
                    ("police", "Police"),
                    ("administrator", "Administrator"),
                    ("statistician", "Oversight analyst"),
                    ("auditor", "Auditor"),
                    ("dpo", "Data protection officer"),
                    ("reviewing_officer", "Independent reviewing officer"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("authority", None),
                        ("force", None),
                        ("home", None),
                        ("role__in", ("social_worker", "duty_desk", "team_manager")),
                        ("service", None),
                        ("team__isnull", False),
                    ),
                    models.Q(
                        ("authority", None),
                        ("force", None),
                        ("home__isnull", False),
                        ("role__in", ("placement_staff", "foster_carer")),
                        ("service", None),
                        ("team", None),
                    ),
                    models.Q(
                        ("authority", None),
                        ("force", None),
                        ("home", None),
                        ("role", "guardian"),
                        ("service__isnull", False),
                        ("team", None),
                    ),
                    models.Q(
                        ("authority", None),
                        ("force__isnull", False),
                        ("home", None),
                        ("role", "police"),
                        ("service", None),
                        ("team", None),
                    ),
                    models.Q(
                        ("authority__isnull", False),
                        ("force", None),
                        ("home", None),
                        ("role__in", ("administrator", "auditor", "dpo", "reviewing_officer")),
                        ("service", None),
                        ("team", None),
                    ),
                    models.Q(
                        ("authority", None),
                        ("force", None),
                        ("home", None),
                        ("role", "statistician"),
                        ("service", None),
                        ("team", None),
                    ),
                    _connector="OR",
                ),
                name="membership_organisation_fits_role",
            ),
        ),
        migrations.AddField(
            model_name="reviewingofficer",
            name="child",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reviewing_officers",
                to="cases.child",
            ),
        ),
        migrations.AddField(
            model_name="reviewingofficer",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reviewingofficer",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reviewingofficer",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reviewed_children",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reviewingofficer",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="reviewingofficer",
            index=models.Index(
                condition=models.Q(("ends_at", None), ("user__isnull", False), ("withdrawn_at", None)),
                fields=["user"],
                name="reviewing_officer_by_user",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewingofficer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                ),
                name="reviewing_officer_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewingofficer",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("withdrawn_at", None)),
                expressions=[
                    ("child", "="),
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
                name="reviewing_officers_do_not_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewingofficer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("email", ""), ("name", ""), ("phone", ""), ("user__isnull", False)),
                    models.Q(
                        ("user", None),
                        models.Q(("name", ""), _negated=True),
                        models.Q(
                            models.Q(("phone", ""), _negated=True),
                            models.Q(("email", ""), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="reviewing_officer_says_who",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewingofficer",
            constraint=models.CheckConstraint(
                condition=models.Q(("starts_at__lte", models.F("recorded_at"))),
                name="reviewing_officer_not_in_the_future",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewingofficer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_as", ""), ("ended_by", None), ("ended_why", ""), ("ends_at", None)),
                    models.Q(
                        ("ended_by__isnull", False),
                        ("ends_at__isnull", False),
                        ("ended_as__in", ("followed", "transfer")),
                        ("ended_why", ""),
                    ),
                    models.Q(
                        ("ended_as", "left"),
                        ("ended_by__isnull", False),
                        ("ends_at__isnull", False),
                        models.Q(("ended_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="reviewing_officer_ended_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewingofficer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_reason", "")),
                    models.Q(
                        ("withdrawn_at__isnull", False),
                        ("withdrawn_by__isnull", False),
                        models.Q(("withdrawn_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="reviewing_officer_withdrawn_by_somebody",
            ),
        ),
        schema.changes_only(
            cases_reviewingofficer="ends_at, ended_by_id, ended_as, ended_why, withdrawn_at, withdrawn_by_id, withdrawn_reason"
        ),
        *schema.history("cases_reviewingofficer", of="child_id"),
    ]
