"""What was held for a child on a day, with who led it; nobody changes a line of it."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0069_visits"),
    ]

    operations = [
        migrations.CreateModel(
            name="HeldPaper",
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
                            ("care_review", "Review of the care plan"),
                            ("health", "Health assessment"),
                            ("education", "Personal education plan"),
                            ("pathway", "Pathway plan"),
                        ],
                        max_length=20,
                    ),
                ),
                ("held_at", models.DateTimeField()),
                ("led_by", models.CharField(max_length=150)),
                ("note", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held_papers",
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
                "ordering": ["-held_at", "-pk"],
                "indexes": [models.Index(fields=["child", "kind", "-held_at"], name="held_paper_by_child")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("held_at__lte", models.F("recorded_at"))),
                        name="held_paper_not_in_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("led_by", ""), _negated=True), name="held_paper_says_who"
                    ),
                ],
            },
        ),
        schema.for_application("REVOKE UPDATE, DELETE, TRUNCATE ON cases_heldpaper FROM {role}"),
    ]
