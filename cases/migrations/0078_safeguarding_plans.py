"""Safeguarding plans in versions that nobody edits, and their actions, of which only the end is written."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0077_placement_papers"),
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
                    ("plan", "Safeguarding plan"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="PlanAction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("what", models.CharField(max_length=500)),
                ("by_date", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ending",
                    models.CharField(
                        blank=True, choices=[("done", "Done"), ("withdrawn", "Withdrawn")], max_length=9
                    ),
                ),
                ("said", models.TextField(blank=True)),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_actions",
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
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_actions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "placement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shortfalls",
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
                "ordering": ["by_date", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["child", "by_date"],
                        name="plan_action_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("what", ""), _negated=True), name="plan_action_says_what"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None), ("ending", "")),
                            models.Q(
                                ("ended_at__gte", models.F("recorded_at")),
                                ("ended_by__isnull", False),
                                models.Q(("ending", ""), _negated=True),
                                models.Q(("said", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="plan_action_ends_with_who_and_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SafetyPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("goals", models.TextField()),
                (
                    "contact_row",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "As the policy asks, no closer"),
                            ("ordinary", "At least once a day"),
                            ("high", "At least twice a day"),
                            ("first_30_days", "At least three times a day, seen face to face"),
                            ("first_72_hours", "At every roll-call, five times a day"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "comes_back",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "As the policy asks, no closer"),
                            ("ordinary", "At least once a day"),
                            ("high", "At least twice a day"),
                            ("first_30_days", "At least three times a day, seen face to face"),
                            ("first_72_hours", "At every roll-call, five times a day"),
                        ],
                        max_length=20,
                    ),
                ),
                ("comes_back_at", models.DateTimeField(blank=True, null=True)),
                ("why_less", models.TextField(blank=True)),
                ("phone_plan", models.TextField(blank=True)),
                ("visitors", models.TextField(blank=True)),
                ("safe_words", models.CharField(blank=True, max_length=300)),
                ("if_missing", models.TextField()),
                ("contacts", models.TextField(blank=True)),
                (
                    "child_agrees",
                    models.CharField(
                        choices=[
                            ("agrees", "Agrees"),
                            ("in_part", "Agrees in part"),
                            ("disagrees", "Does not agree"),
                            ("not_asked", "Not asked yet"),
                        ],
                        max_length=9,
                    ),
                ),
                ("child_words", models.TextField(blank=True)),
                ("agreed_with", models.CharField(max_length=300)),
                ("review_date", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plans", to="cases.child"
                    ),
                ),
                (
                    "seconded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_at", "-pk"],
                "indexes": [models.Index(fields=["child", "-recorded_at"], name="plan_by_child")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("goals", ""), _negated=True),
                            models.Q(("if_missing", ""), _negated=True),
                            models.Q(("agreed_with", ""), _negated=True),
                        ),
                        name="plan_says_what_and_who",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("comes_back", ""), ("comes_back_at", None)),
                            models.Q(
                                models.Q(("comes_back", ""), _negated=True), ("comes_back_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="plan_less_contact_comes_back",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("seconded_by", None),
                            models.Q(
                                models.Q(("seconded_by", models.F("written_by")), _negated=True),
                                models.Q(("why_less", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="plan_seconded_by_another",
                    ),
                ],
            },
        ),
        *schema.append_only("cases_safetyplan"),
        *schema.ends_only(cases_planaction="ended_at, ended_by_id, ending, said"),
        *schema.history("cases_planaction", of="child_id"),
    ]
