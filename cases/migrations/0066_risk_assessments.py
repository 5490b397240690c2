"""Risk assessments by domain: each stands as it was written, and a second person may agree to its lower grade."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0065_lower_risk_ends"),
    ]

    operations = [
        migrations.AlterField(
            model_name="draft",
            name="form",
            field=models.CharField(
                choices=[
                    ("note", "Case note"),
                    ("missing-report", "Missing report"),
                    ("missing-report-risk", "Missing report, what the police ask"),
                    ("return-interview", "Return interview"),
                    ("registration", "Registration"),
                    ("assessment", "Risk assessment"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="RiskAssessment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "grade",
                    models.CharField(
                        choices=[("low", "Low"), ("medium", "Medium"), ("high", "High")], max_length=7
                    ),
                ),
                (
                    "before",
                    models.CharField(
                        choices=[
                            ("unknown", "Not yet assessed"),
                            ("low", "Low"),
                            ("medium", "Medium"),
                            ("high", "High"),
                        ],
                        max_length=7,
                    ),
                ),
                ("rationale", models.TextField()),
                ("domains", models.JSONField(default=dict)),
                ("protective", models.TextField(blank=True)),
                ("contributors", models.CharField(blank=True, max_length=300)),
                ("changed", models.TextField(blank=True)),
                (
                    "police_grade",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not given yet"),
                            ("very_low", "Very low"),
                            ("low", "Low"),
                            ("medium", "Medium"),
                            ("high", "High"),
                        ],
                        max_length=8,
                    ),
                ),
                ("again_by", models.DateField(blank=True, null=True)),
                ("assessed_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("agreed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agreed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "assessed_by",
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
                        related_name="assessments",
                        to="cases.child",
                    ),
                ),
            ],
            options={
                "ordering": ["-assessed_at", "-pk"],
                "indexes": [models.Index(fields=["child", "-assessed_at"], name="assessment_by_child")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("grade__in", ["low", "medium", "high"])), name="assessment_graded"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rationale", ""), _negated=True), name="assessment_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("assessed_at__lte", models.F("recorded_at"))),
                        name="assessment_not_in_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agreed_at", None), ("agreed_by", None)),
                            models.Q(
                                ("agreed_at__isnull", False),
                                ("agreed_by__isnull", False),
                                models.Q(("agreed_by", models.F("assessed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="assessment_agreed_by_another",
                    ),
                ],
            },
        ),
        *schema.ends_only(cases_riskassessment="agreed_at, agreed_by_id"),
        *schema.history("cases_riskassessment", of="child_id"),
    ]
