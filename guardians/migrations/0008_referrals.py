"""Keep a referral to a guardian service as a row of its own, with each step that it took.

What stands as a reason of the kind "referred" stays one: it names no service, and none is to be guessed.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0089_sickness_beside_leave"),
        ("guardians", "0007_council_concerns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GuardianReferral",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("reason", models.TextField()),
                ("language", models.CharField(blank=True, max_length=60)),
                ("referred_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("referred", "Referred, the service has not answered"),
                            ("accepted", "Accepted, a guardian is to be assigned"),
                            ("waiting", "On the waiting list"),
                            ("declined", "Declined by the service"),
                            ("assigned", "A guardian was assigned"),
                            ("withdrawn", "Referral withdrawn"),
                        ],
                        default="referred",
                        max_length=9,
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardian_referrals",
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
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referrals",
                        to="cases.guardianservice",
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="GuardianReferralStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "before",
                    models.CharField(
                        choices=[
                            ("referred", "Referred, the service has not answered"),
                            ("accepted", "Accepted, a guardian is to be assigned"),
                            ("waiting", "On the waiting list"),
                            ("declined", "Declined by the service"),
                            ("assigned", "A guardian was assigned"),
                            ("withdrawn", "Referral withdrawn"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("referred", "Referred, the service has not answered"),
                            ("accepted", "Accepted, a guardian is to be assigned"),
                            ("waiting", "On the waiting list"),
                            ("declined", "Declined by the service"),
                            ("assigned", "A guardian was assigned"),
                            ("withdrawn", "Referral withdrawn"),
                        ],
                        max_length=9,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                (
                    "place",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="place on the list"),
                ),
                ("expected_date", models.DateField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "assignment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="guardians.guardianassignment",
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardian_referral_steps",
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
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="guardians.guardianreferral",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="guardianreferral",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("referred", "accepted", "waiting"))),
                fields=("child",),
                name="guardian_referral_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianreferral",
            constraint=models.CheckConstraint(
                condition=models.Q(("referred_at__lte", models.F("recorded_at"))),
                name="guardian_referral_not_in_the_future",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianreferral",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="guardian_referral_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianreferralstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["declined", "withdrawn"]), _negated=True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="guardian_referral_refused_in_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianreferralstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("status", "waiting"),
                        models.Q(
                            models.Q(("place__gte", 1), ("place__isnull", False)),
                            models.Q(("expected_date__isnull", False), ("place", None)),
                            _connector="OR",
                        ),
                    ),
                    models.Q(
                        models.Q(("status", "waiting"), _negated=True),
                        ("expected_date", None),
                        ("place", None),
                    ),
                    _connector="OR",
                ),
                name="guardian_referral_waits_somewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianreferralstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("assignment__isnull", False), ("status", "assigned")),
                    models.Q(models.Q(("status", "assigned"), _negated=True), ("assignment", None)),
                    _connector="OR",
                ),
                name="guardian_referral_assigned_by_assignment",
            ),
        ),
        *schema.append_only("guardians_guardianreferralstep"),
        schema.for_application(
            "REVOKE UPDATE, DELETE, TRUNCATE ON guardians_guardianreferral FROM {role}",
            "GRANT UPDATE (status) ON guardians_guardianreferral TO {role}",
        ),
        *schema.history("guardians_guardianreferral", of="child_id"),
    ]
