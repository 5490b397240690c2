"""Keep every version of a missing report as it was made."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0026_drafts"),
    ]

    operations = [
        migrations.CreateModel(
            name="MissingReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveSmallIntegerField()),
                (
                    "police_rung",
                    models.CharField(
                        blank=True,
                        choices=[("yes", "Yes"), ("about_to", "No, I am about to"), ("no", "No")],
                        max_length=8,
                    ),
                ),
                ("last_seen_at", models.DateTimeField(blank=True, null=True)),
                ("last_seen_place", models.CharField(blank=True, max_length=200)),
                ("last_seen_by", models.CharField(blank=True, max_length=150)),
                (
                    "expected_at",
                    models.CharField(blank=True, max_length=200, verbose_name="where the child was expected"),
                ),
                ("wearing", models.CharField(blank=True, max_length=300)),
                ("vehicle", models.CharField(blank=True, max_length=200, verbose_name="car and plate")),
                ("with_whom", models.CharField(blank=True, max_length=200)),
                ("taken", models.JSONField(default=list)),
                ("steps", models.JSONField(default=list)),
                ("steps_note", models.CharField(blank=True, max_length=500)),
                ("why_worried", models.TextField(blank=True)),
                ("answers", models.JSONField(default=dict)),
                (
                    "our_grade",
                    models.CharField(
                        choices=[
                            ("unknown", "Not yet assessed"),
                            ("low", "Low"),
                            ("medium", "Medium"),
                            ("high", "High"),
                        ],
                        default="unknown",
                        max_length=7,
                    ),
                ),
                ("grade_reason", models.CharField(blank=True, max_length=500)),
                ("recorded_at", models.DateTimeField()),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="cases.missingepisode",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["episode", "version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("episode", "version"), name="missing_report_version_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last_seen_at", None),
                            ("last_seen_at__lte", models.F("recorded_at")),
                            _connector="OR",
                        ),
                        name="missing_report_not_in_the_future",
                    ),
                ],
            },
        ),
        *schema.append_only("cases_missingreport"),
    ]
