"""The tables of guardianship, with what Django itself can say of them, their columns in the order of databases of before."""

import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    replaces = [
        ("guardians", "0001_initial"),
        ("guardians", "0003_no_guardian"),
        ("guardians", "0005_leave_and_cover"),
        ("guardians", "0007_council_concerns"),
        ("guardians", "0008_referrals"),
    ]
    initial = True

    dependencies = [
        ("cases", "0001_tables"),
    ]

    operations = [
        schema.Tables(
            [
                migrations.CreateModel(
                    name="GuardianAssignment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("direct_worker", "Direct worker"),
                                    ("regional_practice_coordinator", "Regional practice co-ordinator"),
                                ],
                                default="direct_worker",
                                max_length=30,
                            ),
                        ),
                        ("lead", models.BooleanField(default=True)),
                        ("address_allowed", models.BooleanField(default=False)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="guardian_assignments",
                                to="cases.child",
                            ),
                        ),
                        (
                            "guardian",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="guardian_assignments",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to="cases.guardianservice",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-starts_at"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                                ),
                                name="assignment_ends_after_start",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("lead", True)),
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
                                name="lead_guardians_do_not_overlap",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("child", "="),
                                    ("guardian", "="),
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
                                name="assignment_once_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NoGuardian",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("referred", "Referred, waiting for a guardian"),
                                    ("not_available_in_area", "No guardian service in this area"),
                                    ("declined", "The child does not want a guardian"),
                                    ("not_eligible", "The service says that the child is not eligible"),
                                ],
                                max_length=21,
                            ),
                        ),
                        ("reason", models.TextField()),
                        (
                            "fallback_kind",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("advocate", "Advocate"),
                                    ("independent_visitor", "Independent visitor"),
                                ],
                                max_length=19,
                            ),
                        ),
                        ("fallback_name", models.CharField(blank=True, max_length=150)),
                        ("fallback_phone", models.CharField(blank=True, max_length=20)),
                        ("fallback_organisation", models.CharField(blank=True, max_length=160)),
                        ("review_date", models.DateField(blank=True, null=True)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="without_guardian",
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
                        "ordering": ["-starts_at"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                                ),
                                name="no_guardian_ends_after_start",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
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
                                name="no_guardian_reasons_do_not_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="no_guardian_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("fallback_kind", ""),
                                        ("fallback_name", ""),
                                        ("fallback_organisation", ""),
                                        ("fallback_phone", ""),
                                        ("review_date", None),
                                    ),
                                    models.Q(
                                        models.Q(("fallback_kind", ""), _negated=True),
                                        models.Q(("fallback_name", ""), _negated=True),
                                        models.Q(("fallback_phone", ""), _negated=True),
                                        models.Q(("fallback_organisation", ""), _negated=True),
                                        ("review_date__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="fallback_is_named_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GuardianCover",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("asked_at", models.DateTimeField()),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        ("accepted", models.BooleanField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, max_length=200)),
                        ("called_off_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "assignment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="covers",
                                to="guardians.guardianassignment",
                            ),
                        ),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="guardian_covers",
                                to="cases.child",
                            ),
                        ),
                        (
                            "covered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="covers",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["starts_at", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="cover_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("accepted", None), ("answered_at", None)),
                                    models.Q(("accepted__isnull", False), ("answered_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="cover_answered_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accepted", None),
                                    ("accepted", True),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="cover_declined_with_reason",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("accepted", True), ("called_off_at", None)),
                                expressions=[
                                    ("child", "="),
                                    ("covered_by", "="),
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
                                name="cover_once_by_one_person",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GuardianLeave",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("leave", "On leave"),
                                    ("sickness", "Sick"),
                                    ("capacity", "Has more children than they can carry"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        ("called_off_at", models.DateTimeField(blank=True, null=True)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="guardian_leaves",
                                to="cases.child",
                            ),
                        ),
                        (
                            "guardian",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="leaves",
                                to=settings.AUTH_USER_MODEL,
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
                                related_name="leaves",
                                to="cases.guardianservice",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["starts_at", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                                ),
                                name="leave_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("child__isnull", False), ("kind", "capacity")),
                                    models.Q(
                                        models.Q(("kind", "capacity"), _negated=True),
                                        ("child", None),
                                        ("ends_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="leave_of_one_child_is_of_capacity",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("called_off_at", None), ("child", None)),
                                expressions=[
                                    ("guardian", "="),
                                    ("service", "="),
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
                                name="leave_once_in_a_service",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GuardianTerms",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("capacity", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("checks_until", models.DateField(blank=True, null=True)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "guardian",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="terms",
                                to=settings.AUTH_USER_MODEL,
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
                                related_name="terms",
                                to="cases.guardianservice",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["guardian", "service", "-id"], name="terms_by_guardian")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CouncilConcern",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("words", models.TextField()),
                        ("shared", models.BooleanField()),
                        ("promised_by", models.CharField(blank=True, max_length=150)),
                        ("due_at", models.DateTimeField(blank=True, null=True)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="council_concerns",
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
                                related_name="council_concerns",
                                to="cases.guardianservice",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-recorded_at", "-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("words", ""), _negated=True),
                                name="council_concern_says_what",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("due_at", None), ("promised_by", "")),
                                    models.Q(
                                        ("due_at__isnull", False),
                                        models.Q(("promised_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="council_promise_is_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CouncilConcernEnding",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("answered", "Closed"),
                                    ("left", "The service no longer watches over the child"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("words", models.TextField(blank=True)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "concern",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ending",
                                to="guardians.councilconcern",
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
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "left"), ("words", "")),
                                    models.Q(("words", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="council_concern_answered_in_words",
                            )
                        ],
                    },
                ),
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
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status__in", ("referred", "accepted", "waiting"))),
                                fields=("child",),
                                name="guardian_referral_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("referred_at__lte", models.F("recorded_at"))),
                                name="guardian_referral_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="guardian_referral_says_why",
                            ),
                        ],
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
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="place on the list"
                            ),
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
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status__in", ["declined", "withdrawn"]), _negated=True),
                                    models.Q(("note", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="guardian_referral_refused_in_words",
                            ),
                            models.CheckConstraint(
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("assignment__isnull", False), ("status", "assigned")),
                                    models.Q(
                                        models.Q(("status", "assigned"), _negated=True), ("assignment", None)
                                    ),
                                    _connector="OR",
                                ),
                                name="guardian_referral_assigned_by_assignment",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
