"""Keep every birth date that somebody gives and every decision about an age."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0062_arrival_facts"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgeDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "age_status",
                    models.CharField(
                        choices=[
                            ("none", "Not disputed"),
                            ("disputed", "Age disputed: treat as a child"),
                            ("assessment_in_progress", "Assessment in progress: treat as a child"),
                            ("assessed_child", "Assessed as a child"),
                            ("assessed_adult", "Assessed as an adult"),
                            ("under_challenge", "Under challenge: treat as a child"),
                            ("treated_as_adult_elsewhere", "Treated as an adult elsewhere"),
                        ],
                        max_length=26,
                    ),
                ),
                (
                    "was",
                    models.CharField(
                        choices=[
                            ("none", "Not disputed"),
                            ("disputed", "Age disputed: treat as a child"),
                            ("assessment_in_progress", "Assessment in progress: treat as a child"),
                            ("assessed_child", "Assessed as a child"),
                            ("assessed_adult", "Assessed as an adult"),
                            ("under_challenge", "Under challenge: treat as a child"),
                            ("treated_as_adult_elsewhere", "Treated as an adult elsewhere"),
                        ],
                        max_length=26,
                    ),
                ),
                ("decided_date", models.DateField(verbose_name="date of the decision")),
                ("decided_by", models.CharField(max_length=200, verbose_name="who decided")),
                ("grounds", models.TextField()),
                ("place", models.CharField(blank=True, max_length=200)),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="age_decisions",
                        to="cases.child",
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
                    "seconded_by",
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
                "ordering": ["recorded_at", "pk"],
                "indexes": [models.Index(fields=["child", "recorded_at"], name="age_decisions_of_child")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("age_status", "assessed_adult"), _negated=True),
                            models.Q(
                                ("seconded_by__isnull", False),
                                models.Q(("seconded_by", models.F("recorded_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="age_adult_by_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("age_status", "treated_as_adult_elsewhere"), _negated=True),
                            models.Q(("place", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="age_elsewhere_has_its_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("age_status", models.F("was")), _negated=True),
                        name="age_decision_decides",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BirthDateClaim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("birth_date", models.DateField()),
                (
                    "precision",
                    models.CharField(
                        choices=[
                            ("day", "Day, month and year"),
                            ("month", "Month and year"),
                            ("year", "Year"),
                            ("estimated", "Estimated"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("stated", "Says"),
                            ("document", "Document"),
                            ("assessed", "Assessed"),
                            ("others", "Told by others"),
                        ],
                        max_length=8,
                    ),
                ),
                ("source", models.CharField(max_length=200, verbose_name="who or what says so")),
                ("goes_by_it", models.BooleanField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="birth_date_claims",
                        to="cases.child",
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
                "ordering": ["recorded_at", "pk"],
                "indexes": [models.Index(fields=["child", "recorded_at"], name="birth_dates_of_child")],
            },
        ),
        *schema.append_only("cases_agedecision", "cases_birthdateclaim"),
    ]
