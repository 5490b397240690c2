"""By what right a child is looked after, from when to when, and police protection with who has the child in it."""

import datetime
import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0045_owners_of_actions"),
    ]

    operations = [
        migrations.CreateModel(
            name="LegalStatus",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("L1", "Police protection, 72 hours at most"),
                            ("V2", "Accommodated by agreement (section 20)"),
                            ("L2", "Emergency protection order"),
                            ("L3", "Child assessment order"),
                            ("C1", "Interim care order"),
                            ("C2", "Full care order"),
                            ("E1", "Placement order"),
                            ("J1", "Remanded to the authority, or youth detention"),
                            ("J2", "Detained by the police, in the authority’s accommodation"),
                            ("J3", "Youth rehabilitation order with residence or fostering"),
                            ("V3", "Short breaks, each by itself"),
                            ("V4", "Short breaks by one agreement"),
                        ],
                        max_length=2,
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("note", models.TextField(blank=True)),
                ("officer", models.CharField(blank=True, max_length=150)),
                ("reference", models.CharField(blank=True, max_length=60)),
                ("designated_officer", models.CharField(blank=True, max_length=150)),
                ("designated_phone", models.CharField(blank=True, max_length=30)),
                ("occasion", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("followed", "Another legal status follows"),
                            ("returned", "Returned to somebody with parental responsibility"),
                            ("other", "Over, and none follows"),
                        ],
                        max_length=8,
                    ),
                ),
                ("ended_how", models.TextField(blank=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.TextField(blank=True)),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legal_statuses",
                        to="cases.child",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "force",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.policeforce",
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
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                        ),
                        name="legal_status_ends_after_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
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
                        name="legal_statuses_do_not_overlap",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("starts_at__lte", models.F("recorded_at"))),
                        name="legal_status_not_in_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("code", "L1"),
                                ("force__isnull", False),
                                models.Q(("officer", ""), _negated=True),
                                models.Q(("designated_officer", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("code", "L1"), _negated=True),
                                ("designated_officer", ""),
                                ("force", None),
                                ("occasion", ""),
                                ("officer", ""),
                            ),
                            _connector="OR",
                        ),
                        name="police_protection_says_who",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("code", "L1"), _negated=True),
                            ("ends_at", None),
                            (
                                "ends_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("starts_at"), "+", models.Value(datetime.timedelta(days=3))
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="police_protection_lasts_72_hours",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_by", None), ("ending", ""), ("ends_at", None)),
                            models.Q(
                                ("ended_by__isnull", False),
                                ("ends_at__isnull", False),
                                models.Q(("ending", ""), _negated=True),
                                models.Q(("ended_how", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="legal_status_ends_with_who_and_how",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_reason", "")
                            ),
                            models.Q(
                                ("withdrawn_at__isnull", False),
                                ("withdrawn_by__isnull", False),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="legal_status_withdrawn_by_somebody",
                    ),
                ],
            },
        ),
        schema.changes_only(
            cases_legalstatus="ends_at, ending, ended_how, ended_by_id, withdrawn_at, withdrawn_by_id, withdrawn_reason"
        ),
        *schema.history("cases_legalstatus", of="child_id"),
    ]
