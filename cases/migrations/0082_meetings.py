"""Meetings about a child: who was there and what was decided; nobody edits them."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0081_nrm"),
    ]

    operations = [
        migrations.CreateModel(
            name="Meeting",
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
                            ("strategy", "Strategy meeting or discussion"),
                            ("multi_agency", "Multi-agency meeting"),
                            ("handover", "Meeting about a handover or a move"),
                            ("other", "Another meeting about the child"),
                        ],
                        max_length=12,
                    ),
                ),
                ("held_at", models.DateTimeField()),
                ("led_by", models.CharField(max_length=150)),
                ("attendees", models.TextField()),
                (
                    "guardian",
                    models.CharField(
                        choices=[
                            ("there", "Was there, or on the phone"),
                            ("invited", "Was invited and did not come"),
                            ("not_invited", "Was not invited"),
                            ("none", "The child has no guardian"),
                        ],
                        max_length=11,
                    ),
                ),
                ("why_not", models.CharField(blank=True, max_length=500)),
                ("decisions", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="meetings", to="cases.child"
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
                "indexes": [models.Index(fields=["child", "-held_at"], name="meeting_by_child")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("held_at__lte", models.F("recorded_at"))),
                        name="meeting_not_in_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("led_by", ""), _negated=True),
                            models.Q(("attendees", ""), _negated=True),
                            models.Q(("decisions", ""), _negated=True),
                        ),
                        name="meeting_says_who_and_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("guardian", "not_invited"), _negated=True),
                            models.Q(("why_not", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="meeting_without_guardian_says_why",
                    ),
                ],
            },
        ),
        *schema.append_only("cases_meeting"),
    ]
