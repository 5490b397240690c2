"""Keep the find-me profile by section, and who went through it; nobody changes a line of either."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0074_elsewhere_by_two_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="FindMeReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
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
                        related_name="find_me_reviews",
                        to="cases.child",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [models.Index(fields=["child", "-at"], name="find_me_review_by_child")],
            },
        ),
        migrations.CreateModel(
            name="FindMeSection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("section", models.CharField(max_length=10)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("in_progress", "In progress"),
                            ("complete", "Complete"),
                            ("asked", "Asked, not known"),
                        ],
                        max_length=11,
                    ),
                ),
                ("answers", models.JSONField(default=dict)),
                ("written_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="find_me_sections",
                        to="cases.child",
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
                "ordering": ["child", "pk"],
                "indexes": [models.Index(fields=["child", "section", "-id"], name="find_me_by_section")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["in_progress", "complete", "asked"]),
                            models.Q(("section", ""), _negated=True),
                        ),
                        name="find_me_state_known",
                    )
                ],
            },
        ),
        *schema.append_only("cases_findmesection", "cases_findmereview"),
    ]
