"""A meeting that is booked, until it was held or called off."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0056_visits_asked"),
    ]

    operations = [
        migrations.CreateModel(
            name="MeetingBooking",
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
                ("planned_at", models.DateTimeField()),
                ("place", models.CharField(blank=True, max_length=200)),
                ("invited", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[("called_off", "It is called off"), ("mistake", "It was booked by mistake")],
                        max_length=10,
                    ),
                ),
                ("ended_why", models.CharField(blank=True, max_length=500)),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meeting_bookings",
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
                    "held",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="booking",
                        to="cases.meeting",
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
                "ordering": ["planned_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("invited", ""), _negated=True), name="meeting_booking_says_who"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at", None), ("ended_by", None), ("ended_why", ""), ("ending", "")
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ending", ""), _negated=True),
                                models.Q(("ended_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="meeting_booking_ended_by_somebody",
                    ),
                ],
            },
        ),
        schema.changes_only(cases_meetingbooking="held_id, ended_at, ended_by_id, ending, ended_why"),
        *schema.history("cases_meetingbooking", of="child_id"),
    ]
