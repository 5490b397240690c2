"""Keep what may make a child go, dated, and what was done about it."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0032_episode_log"),
    ]

    operations = [
        migrations.CreateModel(
            name="Trigger",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("approach", "Somebody came, rang or waited for the child"),
                            ("new_contact", "A new phone, or a new visitor"),
                            ("friend", "A friend has gone missing"),
                            ("move", "A move, or its announcement"),
                            ("age", "An age decision"),
                            ("home_office", "A Home Office interview or refusal"),
                            ("turning_18", "17 years and 9 months"),
                        ],
                        max_length=12,
                    ),
                ),
                ("happens_at", models.DateTimeField()),
                ("note", models.TextField()),
                ("vehicle", models.CharField(blank=True, max_length=120)),
                ("recorded_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, max_length=500)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="triggers", to="cases.child"
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
                "ordering": ["-happens_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("key", "child"), name="trigger_once"),
                    models.CheckConstraint(
                        condition=models.Q(("note", ""), _negated=True), name="trigger_says_what"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at", None), ("answered_by", None)),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="trigger_answered_by_somebody",
                    ),
                ],
            },
        ),
        *schema.ends_only(cases_trigger="answered_at, answered_by_id, answer"),
    ]
