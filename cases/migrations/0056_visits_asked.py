"""Visits that a child asked for; an adviser who is confirmed, or was recorded by mistake; contacts of the adviser."""

import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0055_never_an_embassy"),
    ]

    operations = [
        migrations.CreateModel(
            name="VisitRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("asked", "The child asked for a visit"),
                            ("complaint", "The child complained about the placement or the care"),
                        ],
                        max_length=9,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("words", models.TextField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-asked_at", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="mistake",
            name="mistake_is_of_one",
        ),
        migrations.RemoveConstraint(
            model_name="personaladviser",
            name="personal_advisers_do_not_overlap",
        ),
        migrations.AddField(
            model_name="personaladviser",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="personaladviser",
            name="confirmed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="personaladviser",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="personaladviser",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="personaladviser",
            name="withdrawn_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AlterField(
            model_name="heldpaper",
            name="kind",
            field=models.CharField(
                choices=[
                    ("placement_plan", "Placement plan"),
                    ("care_plan", "Care plan"),
                    ("care_review", "Review of the care plan"),
                    ("health", "Health assessment"),
                    ("education", "Personal education plan"),
                    ("pathway", "Pathway plan"),
                    ("adviser_contact", "Contact of the personal adviser"),
                    ("turning_18", "Plan for the 18th birthday"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="personaladviser",
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
                name="personal_advisers_do_not_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="personaladviser",
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
                name="adviser_withdrawn_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="personaladviser",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at", None), ("confirmed_by", None)),
                    models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                    _connector="OR",
                ),
                name="adviser_confirmed_by_somebody",
            ),
        ),
        migrations.AddField(
            model_name="visitrequest",
            name="child",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="visit_requests", to="cases.child"
            ),
        ),
        migrations.AddField(
            model_name="visitrequest",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="mistake",
            name="request",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mistake",
                to="cases.visitrequest",
            ),
        ),
        migrations.AddConstraint(
            model_name="mistake",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("held__isnull", False),
                        ("meeting__isnull", True),
                        ("notice__isnull", True),
                        ("request__isnull", True),
                        ("review__isnull", True),
                    ),
                    models.Q(
                        ("held__isnull", True),
                        ("meeting__isnull", True),
                        ("notice__isnull", False),
                        ("request__isnull", True),
                        ("review__isnull", True),
                    ),
                    models.Q(
                        ("held__isnull", True),
                        ("meeting__isnull", True),
                        ("notice__isnull", True),
                        ("request__isnull", True),
                        ("review__isnull", False),
                    ),
                    models.Q(
                        ("held__isnull", True),
                        ("meeting__isnull", False),
                        ("notice__isnull", True),
                        ("request__isnull", True),
                        ("review__isnull", True),
                    ),
                    models.Q(
                        ("held__isnull", True),
                        ("meeting__isnull", True),
                        ("notice__isnull", True),
                        ("request__isnull", False),
                        ("review__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="mistake_is_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="visitrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("asked_at__lte", models.F("recorded_at"))),
                name="visit_request_not_in_the_future",
            ),
        ),
        migrations.AddConstraint(
            model_name="visitrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="visit_request_says_what"
            ),
        ),
        schema.changes_only(
            cases_personaladviser=(
                "ends_at, ended_by_id, ended_why, confirmed_at, confirmed_by_id,"
                " withdrawn_at, withdrawn_by_id, withdrawn_reason"
            )
        ),
        *schema.append_only("cases_visitrequest"),
    ]
