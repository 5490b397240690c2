"""The tables of the facts, with what Django itself can say of them.

Their columns lie in the order in which databases of before have them, so that all databases are one.
"""

import datetime
import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0001_initial"),
        ("cases", "0005_longer_authority_codes"),
        ("cases", "0008_child_registration_facts"),
        ("cases", "0009_photo"),
        ("cases", "0010_arrival_groups"),
        ("cases", "0011_building_checks"),
        ("cases", "0013_page_of_a_read"),
        ("cases", "0014_force_that_closed"),
        ("cases", "0015_closing_names_its_force"),
        ("cases", "0016_away_is_agreed"),
        ("cases", "0017_configuration_log"),
        ("cases", "0019_missing_reviews"),
        ("cases", "0020_statistician_role"),
        ("cases", "0021_absence_ending_written"),
        ("cases", "0022_episode_not_here_at"),
        ("cases", "0023_drills"),
        ("cases", "0024_details_change"),
        ("cases", "0025_notes"),
        ("cases", "0026_drafts"),
        ("cases", "0027_missing_reports"),
        ("cases", "0028_sessions_end"),
        ("cases", "0030_draft_of_risk"),
        ("cases", "0031_shifts_handed_over"),
        ("cases", "0032_episode_log"),
        ("cases", "0033_triggers"),
        ("cases", "0034_name_keys"),
        ("cases", "0035_endings"),
        ("cases", "0036_return_interviews"),
        ("cases", "0037_account_wishes"),
        ("cases", "0038_opened_lately"),
        ("cases", "0040_reviews_withdrawn"),
        ("cases", "0041_reviews_ask_the_police"),
        ("cases", "0042_roles_called_off"),
        ("cases", "0043_return_interviews_withdrawn"),
        ("cases", "0044_kept_forms"),
        ("cases", "0045_home_devices"),
        ("cases", "0046_broken_glass"),
        ("cases", "0047_seals"),
        ("cases", "0048_reads_by_person"),
        ("cases", "0049_auditor_and_dpo"),
        ("cases", "0050_disclosures"),
        ("cases", "0052_matters"),
        ("cases", "0053_restrictions"),
        ("cases", "0054_no_immigration_body"),
        ("cases", "0055_corrections"),
        ("cases", "0056_worries"),
        ("cases", "0057_legal_holds"),
        ("cases", "0058_row_changes_by_day"),
        ("cases", "0060_restricted_told"),
        ("cases", "0061_transfers"),
        ("cases", "0062_arrival_facts"),
        ("cases", "0063_ages"),
        ("cases", "0064_went_live"),
        ("cases", "0065_lower_risk_ends"),
        ("cases", "0066_risk_assessments"),
        ("cases", "0067_links"),
        ("cases", "0068_health_and_police_numbers"),
        ("cases", "0069_visits"),
        ("cases", "0070_held_papers"),
        ("cases", "0073_transfers_to_be_read"),
        ("cases", "0074_elsewhere_by_two_people"),
        ("cases", "0075_find_me"),
        ("cases", "0076_supervisors_of_guardians"),
        ("cases", "0077_placement_papers"),
        ("cases", "0078_safeguarding_plans"),
        ("cases", "0079_assessments_read"),
        ("cases", "0080_plan_for_the_18th_birthday"),
        ("cases", "0082_meetings"),
        ("cases", "0083_journeys"),
        ("cases", "0084_escort_links"),
        ("cases", "0085_worker_leaves"),
        ("cases", "0086_heads_of_guardian_services"),
        ("cases", "0087_escort_links_sent"),
        ("cases", "0088_documents"),
        ("cases", "0089_sickness_beside_leave"),
        ("cases", "0091_supervisions"),
    ]
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        BtreeGistExtension(),
        schema.Trigrams(),
        schema.Tables(
            [
                migrations.CreateModel(
                    name="GuardianService",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=160, unique=True)),
                        ("phone", models.CharField(blank=True, max_length=20)),
                        ("starts_date", models.DateField()),
                        ("ends_date", models.DateField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_date", None),
                                    ("ends_date__gte", models.F("starts_date")),
                                    _connector="OR",
                                ),
                                name="service_ends_after_start",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PoliceForce",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, unique=True)),
                        ("name", models.CharField(max_length=120)),
                        ("nation", models.CharField(max_length=20)),
                        ("area_code", models.CharField(blank=True, max_length=12)),
                    ],
                    options={
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="Provider",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=160, unique=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="ReferenceSerial",
                    fields=[
                        ("year", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                        ("last", models.PositiveIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="Authority",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20, unique=True)),
                        ("name", models.CharField(max_length=120)),
                        ("official_name", models.CharField(blank=True, max_length=160)),
                        ("name_cy", models.CharField(blank=True, max_length=120)),
                        (
                            "nation",
                            models.CharField(
                                choices=[
                                    ("England", "England"),
                                    ("Wales", "Wales"),
                                    ("Scotland", "Scotland"),
                                    ("Northern Ireland", "Northern Ireland"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("kind", models.CharField(max_length=30)),
                        ("region", models.CharField(blank=True, max_length=40)),
                        ("dfe_code", models.CharField(blank=True, max_length=3)),
                        ("former_codes", models.JSONField(blank=True, default=list)),
                        ("valid_from", models.DateField(blank=True, null=True)),
                        ("valid_to", models.DateField(blank=True, null=True)),
                        (
                            "force",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="authorities",
                                to="cases.policeforce",
                            ),
                        ),
                        (
                            "successors",
                            models.ManyToManyField(
                                blank=True, related_name="predecessors", to="cases.authority"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_to", None),
                                    ("valid_from", None),
                                    ("valid_to__gt", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="authority_valid_period",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Home",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=160)),
                        ("ofsted_urn", models.CharField(blank=True, max_length=10)),
                        ("address", models.TextField()),
                        ("postcode", models.CharField(max_length=9)),
                        ("phone", models.CharField(max_length=20, verbose_name="24-hour phone")),
                        ("phone_verified_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "authority",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="homes",
                                to="cases.authority",
                            ),
                        ),
                        (
                            "force",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="homes",
                                to="cases.policeforce",
                            ),
                        ),
                        (
                            "provider",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="homes",
                                to="cases.provider",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        (
                            "last_login",
                            models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "email",
                            models.EmailField(max_length=254, unique=True, verbose_name="email address"),
                        ),
                        ("name", models.CharField(max_length=150, verbose_name="name")),
                        ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                        ("is_active", models.BooleanField(default=True)),
                        ("joined_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "drill_mail_to",
                            models.EmailField(blank=True, db_default="", default="", max_length=254),
                        ),
                        ("sessions_ended", models.PositiveIntegerField(db_default=0, default=0)),
                        ("digest_next_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "digest_time",
                            models.TimeField(db_default=datetime.time(8, 0), default=datetime.time(8, 0)),
                        ),
                        ("has_digest", models.BooleanField(db_default=True, default=True)),
                        (
                            "language",
                            models.CharField(
                                blank=True,
                                choices=[("en-gb", "English"), ("cy", "Welsh")],
                                db_default="",
                                default="",
                                max_length=5,
                            ),
                        ),
                        (
                            "told",
                            models.CharField(
                                choices=[
                                    ("bundled", "In one mail for all of about ten minutes"),
                                    ("at_once", "At once, each by itself"),
                                    ("digest", "In the daily list only"),
                                ],
                                db_default="bundled",
                                default="bundled",
                                max_length=8,
                            ),
                        ),
                        (
                            "told_by",
                            models.CharField(
                                choices=[("mail", "Email"), ("text", "Text message")],
                                db_default="mail",
                                default="mail",
                                max_length=4,
                            ),
                        ),
                        (
                            "device_home",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="devices",
                                to="cases.home",
                            ),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("has_digest", True)),
                                fields=["digest_next_at"],
                                name="user_by_digest",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                                name="user_email_is_lower_case",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "email__iregex",
                                            "[@.](homeoffice\\.gov\\.uk|borderforce\\.gov\\.uk|ukvi\\.gov\\.uk|ukba\\.gov\\.uk)\\.?$",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        (
                                            "drill_mail_to__iregex",
                                            "[@.](homeoffice\\.gov\\.uk|borderforce\\.gov\\.uk|ukvi\\.gov\\.uk|ukba\\.gov\\.uk)\\.?$",
                                        ),
                                        _negated=True,
                                    ),
                                ),
                                name="user_of_no_immigration_body",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("told", "digest"), _negated=True),
                                    ("has_digest", True),
                                    _connector="OR",
                                ),
                                name="user_told_in_the_digest_has_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("told_by", "mail"),
                                    models.Q(("phone", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="user_told_by_text_has_phone",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("told", "digest"), _negated=True),
                                    ("told_by", "mail"),
                                    _connector="OR",
                                ),
                                name="user_digest_is_a_mail",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ForceAgreement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("signed_date", models.DateField()),
                        ("expires_date", models.DateField()),
                        (
                            "authority",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agreements",
                                to="cases.authority",
                            ),
                        ),
                        (
                            "force",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agreements",
                                to="cases.policeforce",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("expires_date__gt", models.F("signed_date"))),
                                name="agreement_expires_after",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("force", "="),
                                    ("authority", "="),
                                    (
                                        models.Func(
                                            models.F("signed_date"),
                                            models.F("expires_date"),
                                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                                            function="DATERANGE",
                                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="agreements_do_not_overlap",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RollCallShift",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("window", models.CharField(max_length=20)),
                        ("minutes", models.SmallIntegerField()),
                        ("from_date", models.DateField()),
                        (
                            "home",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="roll_call_shifts",
                                to="cases.home",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("home", "window", "from_date"), name="roll_call_shift_once_a_day"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("minutes__gte", -120), ("minutes__lte", 120)),
                                name="roll_call_shift_within_two_hours",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Team",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("social_work", "Social work team"),
                                    ("duty", "Duty desk"),
                                    ("emergency", "Emergency duty team"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("phone", models.CharField(blank=True, max_length=20)),
                        ("second_phone", models.CharField(blank=True, max_length=20)),
                        ("verified_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "authority",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="teams",
                                to="cases.authority",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("authority", "name"), name="team_name_unique_in_authority"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Shift",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("phone", models.CharField(max_length=20)),
                        ("second_phone", models.CharField(blank=True, max_length=20)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        ("taken_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shifts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="second_shifts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shifts",
                                to="cases.team",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["starts_at"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None),
                                    ("ends_at__gte", models.F("starts_at")),
                                    _connector="OR",
                                ),
                                name="shift_ends_after_start",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("social_worker", "Social worker"),
                                    ("duty_desk", "Duty desk"),
                                    ("team_manager", "Team manager"),
                                    ("placement_staff", "Placement staff"),
                                    ("foster_carer", "Foster carer"),
                                    ("guardian", "Guardian"),
                                    ("police", "Police"),
                                    ("administrator", "Administrator"),
                                    ("statistician", "Oversight analyst"),
                                    ("auditor", "Auditor"),
                                    ("dpo", "Data protection officer"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "reach",
                            models.CharField(
                                choices=[
                                    ("team", "Team manager"),
                                    ("service", "Head of service"),
                                    ("directorate", "Director"),
                                ],
                                default="team",
                                max_length=12,
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "authority",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to="cases.authority",
                            ),
                        ),
                        (
                            "home",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to="cases.home",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to="cases.guardianservice",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "force",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to="cases.policeforce",
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to="cases.team",
                            ),
                        ),
                        ("called_off_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("authority", None),
                                        ("force", None),
                                        ("home", None),
                                        ("role__in", ("social_worker", "duty_desk", "team_manager")),
                                        ("service", None),
                                        ("team__isnull", False),
                                    ),
                                    models.Q(
                                        ("authority", None),
                                        ("force", None),
                                        ("home__isnull", False),
                                        ("role__in", ("placement_staff", "foster_carer")),
                                        ("service", None),
                                        ("team", None),
                                    ),
                                    models.Q(
                                        ("authority", None),
                                        ("force", None),
                                        ("home", None),
                                        ("role", "guardian"),
                                        ("service__isnull", False),
                                        ("team", None),
                                    ),
                                    models.Q(
                                        ("authority", None),
                                        ("force__isnull", False),
                                        ("home", None),
                                        ("role", "police"),
                                        ("service", None),
                                        ("team", None),
                                    ),
                                    models.Q(
                                        ("authority__isnull", False),
                                        ("force", None),
                                        ("home", None),
                                        ("role__in", ("administrator", "auditor", "dpo")),
                                        ("service", None),
                                        ("team", None),
                                    ),
                                    models.Q(
                                        ("authority", None),
                                        ("force", None),
                                        ("home", None),
                                        ("role", "statistician"),
                                        ("service", None),
                                        ("team", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="membership_organisation_fits_role",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("role__in", ("team_manager", "guardian")),
                                    ("reach", "team"),
                                    _connector="OR",
                                ),
                                name="membership_reach_is_a_manager_s",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("called_off_at", None), ("ends_at", None)),
                                    models.Q(("called_off_at", None), ("ends_at__gt", models.F("starts_at"))),
                                    models.Q(
                                        ("called_off_at__isnull", False),
                                        ("called_off_at__lt", models.F("starts_at")),
                                        ("ends_at", models.F("starts_at")),
                                    ),
                                    _connector="OR",
                                ),
                                name="membership_ends_after_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Mailbox",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("address", models.EmailField(max_length=254)),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("control_room", "Force control room"),
                                    ("coordinator", "Force missing-person coordinator"),
                                    ("duty", "Duty desk"),
                                    ("host_duty", "Host authority's duty"),
                                    ("reviewing", "Independent reviewing officers"),
                                    ("lado", "Designated officer for allegations (LADO)"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("verified_at", models.DateTimeField(blank=True, null=True)),
                        ("failed_at", models.DateTimeField(blank=True, null=True)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "authority",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mailboxes",
                                to="cases.authority",
                            ),
                        ),
                        (
                            "force",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mailboxes",
                                to="cases.policeforce",
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mailboxes",
                                to="cases.team",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("authority", None), ("force__isnull", False), ("team", None)),
                                    models.Q(("authority", None), ("force", None), ("team__isnull", False)),
                                    models.Q(("authority__isnull", False), ("force", None), ("team", None)),
                                    _connector="OR",
                                ),
                                name="mailbox_has_one_owner",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                                ),
                                name="mailbox_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "address__iregex",
                                        "[@.](homeoffice\\.gov\\.uk|borderforce\\.gov\\.uk|ukvi\\.gov\\.uk|ukba\\.gov\\.uk)\\.?$",
                                    ),
                                    _negated=True,
                                ),
                                name="mailbox_of_no_immigration_body",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ArrivalGroup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("arrived_at", models.DateTimeField()),
                        ("place", models.CharField(max_length=120)),
                        ("port", models.CharField(blank=True, max_length=120)),
                        ("started_at", models.DateTimeField()),
                        (
                            "authority",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="arrival_groups",
                                to="cases.authority",
                            ),
                        ),
                        (
                            "started_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-arrived_at", "-pk"],
                        "indexes": [
                            models.Index(fields=["authority", "-arrived_at"], name="arrivals_by_authority")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Child",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reference", models.CharField(editable=False, max_length=11, unique=True)),
                        ("given_name", models.CharField(max_length=120, verbose_name="given name as heard")),
                        (
                            "family_name",
                            models.CharField(blank=True, max_length=120, verbose_name="family name"),
                        ),
                        (
                            "script_name",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="name in their own script"
                            ),
                        ),
                        ("script_language", models.CharField(blank=True, max_length=12)),
                        ("known_as", models.CharField(blank=True, max_length=120, verbose_name="known as")),
                        (
                            "spellings",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=200),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "sex",
                            models.CharField(
                                choices=[("F", "Female"), ("M", "Male"), ("U", "Not known")],
                                default="U",
                                max_length=1,
                            ),
                        ),
                        (
                            "birth_date",
                            models.DateField(blank=True, null=True, verbose_name="birth date as stated"),
                        ),
                        (
                            "birth_date_precision",
                            models.CharField(
                                choices=[
                                    ("day", "Day, month and year"),
                                    ("month", "Month and year"),
                                    ("year", "Year"),
                                    ("estimated", "Estimated"),
                                ],
                                default="day",
                                max_length=9,
                            ),
                        ),
                        (
                            "birth_date_basis",
                            models.CharField(
                                choices=[
                                    ("stated", "Says"),
                                    ("document", "Document"),
                                    ("assessed", "Assessed"),
                                    ("others", "Told by others"),
                                ],
                                default="stated",
                                max_length=8,
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
                                default="none",
                                max_length=26,
                            ),
                        ),
                        ("nationality", models.CharField(blank=True, max_length=60)),
                        (
                            "languages",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("interpreter_needed", models.BooleanField(blank=True, null=True)),
                        ("phone", models.CharField(blank=True, max_length=20, verbose_name="child's phone")),
                        ("arrived_at", models.DateTimeField(verbose_name="arrived")),
                        ("arrival_place", models.CharField(blank=True, max_length=120)),
                        ("arrival_route", models.CharField(blank=True, max_length=200)),
                        (
                            "risk",
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
                        ("risk_since", models.DateTimeField()),
                        ("registered_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("close_reason", models.CharField(blank=True, max_length=200)),
                        (
                            "registered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "age_given",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="age given on arrival"
                            ),
                        ),
                        (
                            "authority_reference",
                            models.CharField(
                                blank=True, max_length=40, verbose_name="the authority's own reference"
                            ),
                        ),
                        ("found_by", models.CharField(blank=True, max_length=120)),
                        (
                            "home_office_reference",
                            models.CharField(blank=True, max_length=40, verbose_name="Home Office reference"),
                        ),
                        (
                            "key",
                            models.UUIDField(
                                db_default=django.contrib.postgres.functions.RandomUUID(),
                                editable=False,
                                unique=True,
                            ),
                        ),
                        (
                            "literacy",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Not known"),
                                    ("reads", "Reads their own language"),
                                    ("english", "Reads English"),
                                    ("no", "Does not read"),
                                ],
                                default="",
                                max_length=7,
                            ),
                        ),
                        (
                            "needs",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("health", "Health or injury"),
                                        ("medicine", "Medicine that must not run out"),
                                        ("disability", "Disability or communication need"),
                                        ("pregnancy", "Pregnancy"),
                                        ("other", "Something else"),
                                        ("none", "None that is known"),
                                    ],
                                    max_length=10,
                                ),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "needs_note",
                            models.CharField(blank=True, max_length=500, verbose_name="what is needed"),
                        ),
                        (
                            "nrm_reference",
                            models.CharField(blank=True, max_length=40, verbose_name="NRM reference"),
                        ),
                        (
                            "phone_seen_by",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="who else sees the phone"
                            ),
                        ),
                        (
                            "port_reference",
                            models.CharField(
                                blank=True, max_length=40, verbose_name="port or wristband reference"
                            ),
                        ),
                        (
                            "safe_phone",
                            models.CharField(
                                blank=True, max_length=20, verbose_name="number that is safe to ring"
                            ),
                        ),
                        (
                            "trafficking",
                            models.CharField(
                                choices=[("not_asked", "Not yet asked"), ("yes", "Yes"), ("no", "No")],
                                default="not_asked",
                                max_length=9,
                                verbose_name="signs of trafficking",
                            ),
                        ),
                        (
                            "trafficking_note",
                            models.CharField(blank=True, max_length=500, verbose_name="which signs"),
                        ),
                        (
                            "uucr_reference",
                            models.CharField(blank=True, max_length=40, verbose_name="UUCR reference"),
                        ),
                        (
                            "arrival_group",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="cases.arrivalgroup",
                            ),
                        ),
                        ("is_drill", models.BooleanField(db_default=False, default=False)),
                        (
                            "description",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                max_length=500,
                                verbose_name="description",
                            ),
                        ),
                        (
                            "has_no_phone",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="the child has no phone"
                            ),
                        ),
                        ("risk_until", models.DateTimeField(blank=True, null=True)),
                        (
                            "nhs_number",
                            models.CharField(
                                blank=True, db_default="", max_length=10, verbose_name="NHS number"
                            ),
                        ),
                        (
                            "police_reference",
                            models.CharField(
                                blank=True, db_default="", max_length=40, verbose_name="police reference"
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("look_after_child", "Looks after the child in a home"),
                            ("watch_over_child", "Watches over the child as guardian"),
                            ("search_for_child", "Searches for the child as police force"),
                            ("host_child", "Is the duty of the authority where the child is placed"),
                        ],
                        "indexes": [
                            models.Index(
                                django.db.models.functions.text.Upper("port_reference"),
                                condition=models.Q(("port_reference", ""), _negated=True),
                                name="child_by_port_reference",
                            ),
                            models.Index(
                                condition=models.Q(("risk_until__isnull", False)),
                                fields=["risk_until"],
                                name="child_by_end_of_lower_risk",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reference__regex", "^MC[0-9]{2}-[0-9]{6}$")),
                                name="child_reference_form",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("nhs_number__regex", "^([0-9]{10})?$")),
                                name="child_nhs_number_form",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_at", None),
                                    models.Q(("close_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="child_closed_with_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("has_no_phone", False), ("phone", ""), _connector="OR"),
                                name="child_phone_or_none",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("trafficking__in", ["not_asked", "yes", "no"])),
                                name="child_trafficking_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("age_given", None), ("age_given__lte", 25), _connector="OR"
                                ),
                                name="child_age_given_plausible",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AccessRecord",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("actor_label", models.CharField(blank=True, max_length=60)),
                        ("permission", models.CharField(max_length=40)),
                        ("allowed", models.BooleanField()),
                        ("at", models.DateTimeField()),
                        ("address", models.GenericIPAddressField(blank=True, null=True)),
                        ("path", models.CharField(blank=True, max_length=200)),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "child",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.child",
                            ),
                        ),
                        ("page", models.CharField(blank=True, max_length=60)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["child", "-at"], name="access_by_child"),
                            models.Index(fields=["user", "-at"], name="access_by_user"),
                            models.Index(
                                condition=models.Q(("allowed", True), ("page", "child")),
                                fields=["user", "-at"],
                                name="access_opened",
                            ),
                            django.contrib.postgres.indexes.BrinIndex(
                                autosummarize=True, fields=["at"], name="access_by_day"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Absence",
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
                                choices=[("out", "Out"), ("away", "Away with permission")], max_length=4
                            ),
                        ),
                        ("place", models.CharField(blank=True, max_length=200)),
                        ("with_whom", models.CharField(blank=True, max_length=200)),
                        ("phone", models.CharField(blank=True, max_length=20)),
                        ("starts_at", models.DateTimeField()),
                        ("until", models.DateTimeField(verbose_name="back by")),
                        ("report_after", models.DurationField(blank=True, null=True)),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
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
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="absences",
                                to="cases.child",
                            ),
                        ),
                        (
                            "agreed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="agreed by",
                            ),
                        ),
                        ("ended_recorded_at", models.DateTimeField(blank=True, null=True)),
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
                    ],
                    options={
                        "ordering": ["-starts_at"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                                ),
                                name="absence_ends_after_start",
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
                                name="absences_do_not_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("until__gt", models.F("starts_at"))),
                                name="absence_back_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_recorded_at", None),
                                    models.Q(
                                        ("ended_recorded_at__gte", models.F("ends_at")),
                                        ("ends_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="absence_ending_written_when_it_had_ended",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "away"),
                                    (
                                        "until__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("starts_at"),
                                            "+",
                                            models.Value(datetime.timedelta(days=1)),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="out_at_most_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "away"), _negated=True),
                                    models.Q(
                                        models.Q(("place", ""), _negated=True),
                                        models.Q(("with_whom", ""), _negated=True),
                                        models.Q(("phone", ""), _negated=True),
                                        ("agreed_by__isnull", False),
                                        ("recorded_by__isnull", False),
                                        models.Q(("agreed_by", models.F("recorded_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="away_has_place_adult_phone_and_two_people",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChildGroupPermission",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "content_object",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="cases.child"),
                        ),
                        (
                            "group",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="auth.group"),
                        ),
                        (
                            "permission",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, to="auth.permission"
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "indexes": [
                            models.Index(
                                fields=["group", "permission", "content_object"], name="child_grant_by_group"
                            )
                        ],
                        "unique_together": {("group", "permission", "content_object")},
                    },
                ),
                migrations.CreateModel(
                    name="Contact",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("seen", "Seen or spoken to"),
                                    ("did_not_want_to_talk", "Seen, did not want to talk"),
                                    ("no_answer", "Tried, no answer"),
                                    ("not_here", "Not here"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "means",
                            models.CharField(
                                choices=[
                                    ("face_to_face", "Face to face"),
                                    ("live_video", "Live video"),
                                    ("phone", "Spoke by phone"),
                                    ("message", "Message"),
                                    ("hearsay", "Told by others"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "witness",
                            models.CharField(blank=True, max_length=150, verbose_name="who saw the child"),
                        ),
                        (
                            "witness_role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("placement_staff", "Placement staff"),
                                    ("foster_carer", "Foster carer"),
                                    ("social_worker", "Social worker"),
                                    ("guardian", "Guardian"),
                                    ("teacher", "Teacher"),
                                    ("clinician", "Clinician"),
                                    ("police", "Police"),
                                    ("other", "Other"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("organisation", models.CharField(blank=True, max_length=60)),
                        ("knows_child", models.BooleanField(default=False)),
                        ("other_in_room", models.BooleanField(default=False)),
                        ("told_by", models.CharField(blank=True, max_length=150, verbose_name="who told us")),
                        ("happened_at", models.DateTimeField()),
                        ("stated_at", models.DateTimeField(blank=True, null=True)),
                        ("note", models.TextField(blank=True)),
                        ("recorded_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contacts",
                                to="cases.child",
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
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "witness_user",
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
                        "ordering": ["-happened_at", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=["child", "-happened_at"],
                                name="contact_standing",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("happened_at__lte", models.F("recorded_at"))),
                                name="contact_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("witness", ""), _negated=True),
                                    ("means", "hearsay"),
                                    _connector="OR",
                                ),
                                name="contact_without_witness_is_hearsay",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at", None),
                                        ("withdrawn_by", None),
                                        ("withdrawn_reason", ""),
                                    ),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawn_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="contact_withdrawn_with_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("kind", models.CharField(max_length=40)),
                        ("subject_type", models.CharField(blank=True, max_length=40)),
                        ("subject_id", models.BigIntegerField(blank=True, null=True)),
                        ("data", models.JSONField(default=dict)),
                        ("happened_at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        ("actor_label", models.CharField(max_length=60)),
                        ("fields_digest", models.CharField(blank=True, max_length=64)),
                        ("previous_digest", models.CharField(max_length=64)),
                        ("digest", models.CharField(max_length=64)),
                        (
                            "actor",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="cases.child",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["child", "number"],
                        "indexes": [models.Index(fields=["child", "-happened_at"], name="event_timeline")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("child", "number"), name="event_numbered_once_per_child"
                            ),
                            models.UniqueConstraint(
                                fields=("child", "previous_digest"), name="event_chain_never_forks"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="KeepFrom",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.TextField()),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="keep_from",
                                to="cases.child",
                            ),
                        ),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
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
                        (
                            "set_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="kept_from",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("lift_reason", models.TextField(blank=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                                ),
                                name="keep_from_ends_after_start",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("child", "="),
                                    ("user", "="),
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
                                name="keep_from_marks_do_not_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("user", models.F("set_by")), _negated=True),
                                name="keep_from_not_by_oneself",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None),
                                    models.Q(
                                        ("lifted_by__isnull", False),
                                        ("seconded_by__isnull", False),
                                        models.Q(("lifted_by", models.F("seconded_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="keep_from_lifted_by_two_people",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LiveConcern",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.TextField()),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        ("lift_reason", models.TextField(blank=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="concerns",
                                to="cases.child",
                            ),
                        ),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
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
                        (
                            "set_by",
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
                                name="concern_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None),
                                    models.Q(
                                        ("lifted_by__isnull", False),
                                        ("seconded_by__isnull", False),
                                        models.Q(("lifted_by", models.F("seconded_by")), _negated=True),
                                        models.Q(("lift_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="concern_lifted_by_two_people",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Placement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "type",
                            models.CharField(
                                choices=[
                                    ("K2", "Children’s home"),
                                    ("K3", "Supported accommodation"),
                                    ("U6", "Foster placement"),
                                    ("U1", "Foster placement with relative or friend"),
                                    ("Z1", "Other placement"),
                                ],
                                default="K2",
                                max_length=3,
                            ),
                        ),
                        ("address", models.TextField(blank=True)),
                        ("postcode", models.CharField(blank=True, max_length=9)),
                        ("phone", models.CharField(max_length=20, verbose_name="24-hour phone")),
                        ("room", models.CharField(blank=True, max_length=60)),
                        ("host_notified", models.BooleanField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, max_length=200)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        ("expected_end_date", models.DateField(blank=True, null=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="placements",
                                to="cases.child",
                            ),
                        ),
                        (
                            "home",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="placements",
                                to="cases.home",
                            ),
                        ),
                        (
                            "host_authority",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hosted_placements",
                                to="cases.authority",
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
                            "force",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="placements",
                                to="cases.policeforce",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-starts_at"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ends_at", None)),
                                fields=["home"],
                                name="placement_now_by_home",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                                ),
                                name="placement_ends_after_start",
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
                                name="placements_do_not_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("home__isnull", False),
                                    models.Q(("address", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="placement_has_home_or_address",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MissingEpisode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("not_confirmed", "Not confirmed"),
                                    ("missing", "Missing"),
                                    ("away", "Away, whereabouts known"),
                                    ("ended", "Ended"),
                                ],
                                max_length=13,
                            ),
                        ),
                        (
                            "started_by",
                            models.CharField(
                                choices=[
                                    ("silence", "Nobody recorded seeing the child"),
                                    ("not_here", "Somebody looked, not here"),
                                    ("report", "Reported missing"),
                                    ("away", "Away without authorisation"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        ("opened_at", models.DateTimeField()),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                        ("counts_from", models.DateTimeField(blank=True, null=True)),
                        ("police_owed_at", models.DateTimeField(blank=True, null=True)),
                        ("fail_safe", models.BooleanField(default=False)),
                        ("last_seen_at", models.DateTimeField(blank=True, null=True)),
                        ("last_seen_place", models.CharField(blank=True, max_length=200)),
                        ("last_seen_by", models.CharField(blank=True, max_length=150)),
                        ("wearing", models.CharField(blank=True, max_length=300)),
                        (
                            "vehicle",
                            models.CharField(blank=True, max_length=200, verbose_name="car and plate"),
                        ),
                        ("why_worried", models.TextField(blank=True)),
                        ("police_rung", models.BooleanField(blank=True, null=True)),
                        ("whereabouts", models.CharField(blank=True, max_length=200)),
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
                        (
                            "police_grade",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Not given yet"),
                                    ("very_low", "Very low"),
                                    ("low", "Low"),
                                    ("medium", "Medium"),
                                    ("high", "High"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("reported_seen_at", models.DateTimeField(blank=True, null=True)),
                        ("child_confirmed_at", models.DateTimeField(blank=True, null=True)),
                        ("child_confirmed_how", models.CharField(blank=True, max_length=12)),
                        ("child_confirmed_adult", models.CharField(blank=True, max_length=150)),
                        ("child_confirmed_phone", models.CharField(blank=True, max_length=20)),
                        ("police_closed_at", models.DateTimeField(blank=True, null=True)),
                        ("police_closed_officer", models.CharField(blank=True, max_length=150)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("recording_late", "Was not missing, recording was late"),
                                    ("returned", "Returned"),
                                    ("safe_elsewhere", "Safe elsewhere"),
                                    ("still_at_risk", "Found, still at risk"),
                                    ("hospital", "In hospital"),
                                    ("arrested", "Arrested"),
                                    ("treated_as_adult", "Detained or housed as an adult"),
                                    ("with_family", "With family"),
                                    ("abroad", "Abroad"),
                                    ("died", "Died"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("outcome_note", models.TextField(blank=True)),
                        ("found_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="episodes",
                                to="cases.child",
                            ),
                        ),
                        (
                            "child_confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                            "opened_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "police_closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "reported_seen_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "placement",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="episodes",
                                to="cases.placement",
                            ),
                        ),
                        (
                            "police_closed_force",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.policeforce",
                            ),
                        ),
                        ("not_here_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["-opened_at"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "ended"), _negated=True),
                                fields=["child"],
                                name="episode_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("child", "number"), name="episode_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "ended"), _negated=True),
                                fields=("child",),
                                name="episode_one_open",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("child", "="),
                                    (
                                        models.Func(
                                            models.F("opened_at"),
                                            models.F("ended_at"),
                                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                                            function="TSTZRANGE",
                                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="episodes_do_not_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_at", None),
                                    ("ended_at__gt", models.F("opened_at")),
                                    _connector="OR",
                                ),
                                name="episode_ends_after_opening",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("status", "ended"),
                                        models.Q(("outcome", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("status", "ended"), _negated=True),
                                        ("ended_at", None),
                                        ("outcome", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="episode_ended_has_outcome",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "ended"), _negated=True),
                                    ("police_owed_at", None),
                                    models.Q(
                                        ("child_confirmed_at__isnull", False),
                                        ("police_closed_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="episode_police_ending_has_both_parts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("police_closed_at", None), ("police_closed_force", None)),
                                    models.Q(
                                        ("police_closed_at__isnull", False),
                                        ("police_closed_force__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="episode_police_closing_names_its_force",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reported_seen_by", None),
                                    models.Q(
                                        models.Q(
                                            ("child_confirmed_by", None),
                                            models.Q(
                                                ("child_confirmed_by", models.F("reported_seen_by")),
                                                _negated=True,
                                            ),
                                            _connector="OR",
                                        ),
                                        models.Q(
                                            ("police_closed_by", None),
                                            models.Q(
                                                ("police_closed_by", models.F("reported_seen_by")),
                                                _negated=True,
                                            ),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="episode_seen_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", "recording_late"), _negated=True),
                                    ("police_owed_at", None),
                                    models.Q(
                                        ("ended_by__isnull", False),
                                        ("not_here_at", None),
                                        ("started_by", "silence"),
                                    ),
                                    _connector="OR",
                                ),
                                name="episode_recording_late_began_by_silence",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "not_confirmed"), _negated=True),
                                    models.Q(("confirmed_at", None), ("started_by", "silence")),
                                    _connector="OR",
                                ),
                                name="episode_not_confirmed_is_silence",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EpisodeForce",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("added_at", models.DateTimeField()),
                        (
                            "incident_reference",
                            models.CharField(blank=True, max_length=60, verbose_name="police reference"),
                        ),
                        ("officer", models.CharField(blank=True, max_length=150)),
                        (
                            "added_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="forces",
                                to="cases.missingepisode",
                            ),
                        ),
                        (
                            "force",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="episodes",
                                to="cases.policeforce",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["added_at", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("episode", "force"), name="episode_force_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Responsibility",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("arrived_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "authority",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="responsibilities",
                                to="cases.authority",
                            ),
                        ),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="responsibilities",
                                to="cases.child",
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
                    ],
                    options={
                        "ordering": ["-starts_at"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("child", "starts_at"), name="responsibility_one_start"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RiskGrade",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "risk",
                            models.CharField(
                                choices=[
                                    ("unknown", "Not yet assessed"),
                                    ("low", "Low"),
                                    ("medium", "Medium"),
                                    ("high", "High"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        ("reason", models.TextField(blank=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="risk_grades",
                                to="cases.child",
                            ),
                        ),
                        (
                            "graded_by",
                            models.ForeignKey(
                                null=True,
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
                        ("until", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["since"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("child", "since"), name="risk_graded_once_at_a_time"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until", None), ("until__gt", models.F("since")), _connector="OR"
                                ),
                                name="risk_graded_until_later",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SeenReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("witness", models.CharField(blank=True, max_length=150)),
                        (
                            "witness_role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("placement_staff", "Placement staff"),
                                    ("foster_carer", "Foster carer"),
                                    ("social_worker", "Social worker"),
                                    ("guardian", "Guardian"),
                                    ("teacher", "Teacher"),
                                    ("clinician", "Clinician"),
                                    ("police", "Police"),
                                    ("other", "Other"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("place", models.CharField(blank=True, max_length=200)),
                        ("seen_at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "contact",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.contact",
                            ),
                        ),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="seen_reports",
                                to="cases.missingepisode",
                            ),
                        ),
                        (
                            "reported_by",
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
                        "ordering": ["-recorded_at"],
                    },
                ),
                migrations.CreateModel(
                    name="Allocation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "worker",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocations",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocations",
                                to="cases.child",
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocations",
                                to="cases.team",
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
                                name="allocation_ends_after_start",
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
                                name="allocations_do_not_overlap",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Photo",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("token", models.CharField(editable=False, max_length=32, unique=True)),
                        ("taken_date", models.DateField()),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("taken", "Taken by us"),
                                    ("child", "Given by the child"),
                                    ("agency", "From the police, Border Force or the Home Office"),
                                    ("document", "From a document"),
                                    ("other", "From somebody else"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "basis",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Not recorded"),
                                    ("agreed", "The child agreed"),
                                    (
                                        "safety",
                                        "To keep the child safe: they could not be asked, or did not agree",
                                    ),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("width", models.PositiveSmallIntegerField()),
                        ("height", models.PositiveSmallIntegerField()),
                        ("digest", models.CharField(max_length=64)),
                        ("uploaded_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=200)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="photos",
                                to="cases.child",
                            ),
                        ),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "withdrawn_by",
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
                        "ordering": ["child", "-taken_date", "-uploaded_at"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=["child", "-taken_date", "-uploaded_at"],
                                name="photo_newest",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_at", None),
                                    models.Q(
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawn_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="photo_withdrawn_with_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("token__regex", "^[0-9a-f]{32}$")), name="photo_name_form"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("child", "digest"),
                                name="photo_held_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BuildingCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "checked_by",
                            models.CharField(max_length=150, verbose_name="who checked the building"),
                        ),
                        ("told_by", models.CharField(blank=True, max_length=150, verbose_name="who told us")),
                        ("happened_at", models.DateTimeField()),
                        ("stated_at", models.DateTimeField(blank=True, null=True)),
                        ("note", models.TextField(blank=True)),
                        ("recorded_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                        (
                            "checked_by_user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "home",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="building_checks",
                                to="cases.home",
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
                            "withdrawn_by",
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
                        "ordering": ["-happened_at", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=["home", "-happened_at"],
                                name="building_check_standing",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("happened_at__lte", models.F("recorded_at"))),
                                name="building_check_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("checked_by", ""), _negated=True),
                                name="building_check_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at", None),
                                        ("withdrawn_by", None),
                                        ("withdrawn_reason", ""),
                                    ),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawn_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="building_check_withdrawn_with_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HomeEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("kind", models.CharField(max_length=40)),
                        ("subject_type", models.CharField(blank=True, max_length=40)),
                        ("subject_id", models.BigIntegerField(blank=True, null=True)),
                        ("data", models.JSONField(default=dict)),
                        ("happened_at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        ("actor_label", models.CharField(max_length=60)),
                        ("fields_digest", models.CharField(blank=True, max_length=64)),
                        ("previous_digest", models.CharField(max_length=64)),
                        ("digest", models.CharField(max_length=64)),
                        (
                            "actor",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "home",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="cases.home",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["home", "number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("home", "number"), name="home_event_numbered_once_per_home"
                            ),
                            models.UniqueConstraint(
                                fields=("home", "previous_digest"), name="home_event_chain_never_forks"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ConfigurationChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=40)),
                        ("subject_type", models.CharField(max_length=40)),
                        ("subject_id", models.BigIntegerField()),
                        ("data", models.JSONField(default=dict)),
                        ("at", models.DateTimeField()),
                        ("actor_label", models.CharField(max_length=60)),
                        (
                            "actor",
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
                        "ordering": ["pk"],
                        "indexes": [
                            models.Index(
                                fields=["subject_type", "subject_id"], name="configuration_by_subject"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MissingReview",
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
                                    ("multi_agency", "Multi-agency review"),
                                    ("day_28", "Formal review on day 28"),
                                    ("month_3", "Review at 3 months"),
                                    ("month_6", "Review at 6 months"),
                                    ("yearly", "Yearly review"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("held_at", models.DateTimeField()),
                        ("chair", models.CharField(max_length=150)),
                        ("note", models.TextField()),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviews",
                                to="cases.missingepisode",
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
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                        ("police_asked_at", models.DateTimeField(blank=True, null=True)),
                        ("police_spoken_to", models.CharField(blank=True, max_length=150)),
                        ("police_reference", models.CharField(blank=True, max_length=60)),
                        ("police_answer", models.TextField(blank=True)),
                        ("police_not_asked", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["due_at"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("episode", "due_at"),
                                name="review_held_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("held_at__lte", models.F("recorded_at"))),
                                name="review_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("chair", ""), _negated=True),
                                    models.Q(("note", ""), _negated=True),
                                ),
                                name="review_says_who_and_what",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("police_answer", ""),
                                        ("police_asked_at", None),
                                        ("police_reference", ""),
                                        ("police_spoken_to", ""),
                                    ),
                                    models.Q(
                                        ("police_asked_at__lte", models.F("recorded_at")),
                                        ("police_not_asked", ""),
                                        models.Q(("police_spoken_to", ""), _negated=True),
                                        models.Q(("police_answer", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="review_says_what_the_police_answered",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at", None),
                                        ("withdrawn_by", None),
                                        ("withdrawn_reason", ""),
                                    ),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawn_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="review_withdrawn_with_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DetailsChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("topic", models.CharField(max_length=20)),
                        ("before", models.JSONField()),
                        ("after", models.JSONField()),
                        ("changed_at", models.DateTimeField()),
                        (
                            "changed_by",
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
                                related_name="details_changes",
                                to="cases.child",
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
                        "ordering": ["changed_at", "pk"],
                        "indexes": [
                            models.Index(fields=["child", "topic", "-id"], name="details_change_by_topic")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Note",
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
                                choices=[("case", "Case note"), ("guardian", "Guardian’s note")], max_length=8
                            ),
                        ),
                        ("text", models.TextField()),
                        ("happened_at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notes",
                                to="cases.child",
                            ),
                        ),
                        (
                            "corrects",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="corrected_by",
                                to="cases.note",
                            ),
                        ),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                        "ordering": ["-happened_at", "-pk"],
                        "indexes": [
                            models.Index(fields=["child", "kind", "-happened_at"], name="note_by_child")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True), name="note_says_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("happened_at__lte", models.F("recorded_at"))),
                                name="note_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at", None),
                                        ("withdrawn_by", None),
                                        ("withdrawn_reason", ""),
                                    ),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawn_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="note_withdrawn_with_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Draft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "form",
                            models.CharField(
                                choices=[
                                    ("note", "Case note"),
                                    ("missing-report", "Missing report"),
                                    ("missing-report-risk", "Missing report, what the police ask"),
                                    ("return-interview", "Return interview"),
                                    ("registration", "Registration"),
                                    ("assessment", "Risk assessment"),
                                    ("plan", "Safeguarding plan"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("data", models.JSONField(default=dict)),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("saved_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.child",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="drafts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-saved_at", "-pk"],
                        "indexes": [models.Index(fields=["saved_at"], name="draft_by_age")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("user", "form", "child"), name="draft_once", nulls_distinct=False
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("child", None), ("form", "registration")),
                                    models.Q(
                                        models.Q(("form", "registration"), _negated=True),
                                        models.Q(("child", None), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="draft_of_a_child",
                            ),
                        ],
                    },
                ),
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
                            models.CharField(
                                blank=True, max_length=200, verbose_name="where the child was expected"
                            ),
                        ),
                        ("wearing", models.CharField(blank=True, max_length=300)),
                        (
                            "vehicle",
                            models.CharField(blank=True, max_length=200, verbose_name="car and plate"),
                        ),
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
                migrations.CreateModel(
                    name="EpisodeCall",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "direction",
                            models.CharField(
                                choices=[("out", "We rang them"), ("in", "They rang us")], max_length=3
                            ),
                        ),
                        ("party", models.CharField(max_length=150)),
                        ("number", models.CharField(blank=True, max_length=30)),
                        ("rung_at", models.DateTimeField()),
                        ("answered_by", models.CharField(blank=True, max_length=150)),
                        ("said", models.TextField(blank=True)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="calls",
                                to="cases.missingepisode",
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
                        "ordering": ["rung_at", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("rung_at__lte", models.F("recorded_at"))),
                                name="episode_call_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("party", ""), _negated=True),
                                name="episode_call_names_whom",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EpisodeGrade",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "whose",
                            models.CharField(
                                choices=[("ours", "Ours"), ("police", "The police’s")], max_length=6
                            ),
                        ),
                        ("grade", models.CharField(max_length=8)),
                        ("before", models.CharField(blank=True, max_length=8)),
                        ("reason", models.TextField()),
                        ("asked_for_high", models.BooleanField(default=False)),
                        ("graded_at", models.DateTimeField()),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="grades",
                                to="cases.missingepisode",
                            ),
                        ),
                        (
                            "graded_by",
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
                        "ordering": ["graded_at", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="episode_grade_says_why",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EpisodeUpdate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "side",
                            models.CharField(
                                choices=[("council", "Council"), ("home", "Home"), ("guardian", "Guardian")],
                                max_length=8,
                            ),
                        ),
                        ("text", models.TextField()),
                        ("written_at", models.DateTimeField()),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="updates",
                                to="cases.missingepisode",
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
                        "ordering": ["written_at", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True),
                                name="episode_update_says_something",
                            )
                        ],
                    },
                ),
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="triggers",
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
                migrations.CreateModel(
                    name="NameKey",
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
                                    ("name", "name"),
                                    ("known_as", "known as"),
                                    ("spelling", "other spelling"),
                                    ("script", "own script"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("name", models.CharField(max_length=250)),
                        ("fold", models.TextField()),
                        ("bones", models.TextField()),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="name_keys",
                                to="cases.child",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["fold"], name="name_by_fold", opclasses=["gin_trgm_ops"]
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["bones"], name="name_by_bones", opclasses=["gin_trgm_ops"]
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EpisodeEnding",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("recording_late", "Was not missing, recording was late"),
                                    ("returned", "Returned"),
                                    ("safe_elsewhere", "Safe elsewhere"),
                                    ("still_at_risk", "Found, still at risk"),
                                    ("hospital", "In hospital"),
                                    ("arrested", "Arrested"),
                                    ("treated_as_adult", "Detained or housed as an adult"),
                                    ("with_family", "With family"),
                                    ("abroad", "Abroad"),
                                    ("died", "Died"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("found_by", models.CharField(blank=True, max_length=150)),
                        ("found_place", models.CharField(blank=True, max_length=200)),
                        ("where_now", models.CharField(blank=True, max_length=200)),
                        (
                            "condition",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("well", "Well, as far as anybody can see"),
                                    ("unwell", "Hurt, ill or in distress"),
                                    ("not_known", "Not known"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("with_child", models.CharField(blank=True, max_length=150)),
                        ("checked_by", models.CharField(blank=True, max_length=150)),
                        ("decided_by", models.CharField(blank=True, max_length=150)),
                        ("interview_offered", models.BooleanField(default=False)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "episode",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ending",
                                to="cases.missingepisode",
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
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", "hospital"), _negated=True),
                                    models.Q(("with_child", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="ending_in_hospital_says_who_is_there",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", "with_family"), _negated=True),
                                    models.Q(("checked_by", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="ending_with_family_says_who_checked",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", "treated_as_adult"), _negated=True),
                                    models.Q(("decided_by", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="ending_as_adult_says_who_decided",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", "recording_late"), _negated=True),
                                    models.Q(("found_by", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="ending_as_late_record_says_who_saw",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReturnInterview",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("version", models.PositiveSmallIntegerField()),
                        ("offered_at", models.DateTimeField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("waiting", "Not held yet"),
                                    ("held", "The child talked with the interviewer"),
                                    ("did_not_want", "The child did not want to talk"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("reason", models.TextField(blank=True)),
                        ("carer_information", models.TextField(blank=True)),
                        ("interviewer", models.CharField(blank=True, max_length=150)),
                        (
                            "independence",
                            models.CharField(
                                blank=True,
                                choices=[
                                    (
                                        "independent",
                                        "Independent of the carer, the home and the child’s social work team",
                                    ),
                                    ("child_prefers", "Not independent: the child asked for this person"),
                                ],
                                max_length=13,
                            ),
                        ),
                        (
                            "interpreter",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("not_needed", "Not needed"),
                                    ("present", "An interpreter was there, or on the phone"),
                                    ("missing", "Needed, and nobody was there"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("interpreter_name", models.CharField(blank=True, max_length=150)),
                        ("held_at", models.DateTimeField(blank=True, null=True)),
                        ("place", models.CharField(blank=True, max_length=200)),
                        ("before", models.TextField(blank=True)),
                        ("during", models.TextField(blank=True)),
                        ("after", models.TextField(blank=True)),
                        ("why_left", models.TextField(blank=True)),
                        ("what_drew", models.TextField(blank=True)),
                        ("with_whom", models.TextField(blank=True)),
                        ("harm", models.TextField(blank=True)),
                        ("crimes", models.TextField(blank=True)),
                        ("would_help", models.TextField(blank=True)),
                        ("intelligence", models.TextField(blank=True)),
                        ("actions", models.TextField(blank=True)),
                        (
                            "sharing",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("yes", "Yes"),
                                    ("part", "Some of it"),
                                    ("no", "No"),
                                    ("not_asked", "Not asked"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("review_date", models.DateField(blank=True, null=True)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="return_interviews",
                                to="cases.missingepisode",
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
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        "ordering": ["episode", "version"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("episode", "version"), name="return_interview_version_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("offered_at__lte", models.F("recorded_at")),
                                    models.Q(
                                        ("held_at", None),
                                        ("held_at__lte", models.F("recorded_at")),
                                        _connector="OR",
                                    ),
                                ),
                                name="return_interview_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", "held"), _negated=True),
                                    models.Q(
                                        ("held_at__isnull", False),
                                        models.Q(("interviewer", ""), _negated=True),
                                        models.Q(("independence", ""), _negated=True),
                                        models.Q(("interpreter", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="return_interview_held_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", "did_not_want"), _negated=True),
                                    models.Q(models.Q(("reason", ""), _negated=True), ("held_at", None)),
                                    _connector="OR",
                                ),
                                name="return_interview_not_wanted_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at", None),
                                        ("withdrawn_by", None),
                                        ("withdrawn_reason", ""),
                                    ),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawn_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="return_interview_withdrawn_with_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="KeptForm",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("page", models.CharField(max_length=500)),
                        ("action", models.CharField(max_length=500)),
                        ("data", models.JSONField(default=dict)),
                        ("has_files", models.BooleanField(default=False)),
                        ("kept_at", models.DateTimeField()),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="kept_forms",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["kept_at"], name="kept_form_by_age"),
                            models.Index(fields=["user", "-kept_at"], name="kept_form_by_person"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BrokenGlass",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.TextField()),
                        ("at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("looked_at", models.DateTimeField(blank=True, null=True)),
                        ("was_right", models.BooleanField(blank=True, null=True)),
                        ("finding", models.TextField(blank=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="broken_glass",
                                to="cases.child",
                            ),
                        ),
                        (
                            "looked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-at", "-pk"],
                        "indexes": [models.Index(fields=["user", "child", "-at"], name="glass_by_user")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="glass_broken_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("at"))),
                                name="glass_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("finding", ""),
                                        ("looked_at", None),
                                        ("looked_by", None),
                                        ("was_right", None),
                                    ),
                                    models.Q(
                                        ("looked_at__isnull", False),
                                        ("looked_by__isnull", False),
                                        ("was_right__isnull", False),
                                        models.Q(("looked_by", models.F("user")), _negated=True),
                                        models.Q(("finding", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="glass_looked_at_by_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Seal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveBigIntegerField(unique=True)),
                        ("table", models.CharField(max_length=63)),
                        ("after", models.BigIntegerField(null=True)),
                        ("last", models.BigIntegerField()),
                        ("count", models.PositiveIntegerField()),
                        ("total", models.PositiveBigIntegerField()),
                        ("columns", models.JSONField()),
                        ("rows_digest", models.CharField(max_length=64)),
                        ("marks", models.BinaryField()),
                        ("heads", models.JSONField(default=dict)),
                        ("sealed_at", models.DateTimeField()),
                        ("previous_digest", models.CharField(max_length=64, unique=True)),
                        ("digest", models.CharField(max_length=64)),
                    ],
                    options={
                        "ordering": ["number"],
                        "indexes": [models.Index(fields=["table", "-number"], name="seal_last_of_table")],
                    },
                ),
                migrations.CreateModel(
                    name="Disclosure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("shared", "Shared"), ("refused", "Refused")], max_length=8
                            ),
                        ),
                        ("body", models.CharField(max_length=120)),
                        ("person", models.CharField(max_length=120)),
                        ("what", models.TextField()),
                        ("reason", models.TextField()),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("safeguarding", "Our public task: safeguarding a child"),
                                    ("duty", "A legal duty, such as the order of a court"),
                                    ("vital", "To protect somebody’s life"),
                                    ("crime", "To prevent or investigate a crime"),
                                    ("access", "The right of the child to see their own data"),
                                    ("consent", "The child’s consent"),
                                    ("none", "None that holds"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("happened_at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disclosures",
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
                        "ordering": ["-recorded_at", "-pk"],
                        "indexes": [models.Index(fields=["-recorded_at", "-id"], name="disclosure_newest")],
                        "constraints": [
                            models.UniqueConstraint(fields=("key",), name="disclosure_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("body", ""), _negated=True),
                                    models.Q(("person", ""), _negated=True),
                                    models.Q(("what", ""), _negated=True),
                                    models.Q(("reason", ""), _negated=True),
                                ),
                                name="disclosure_says_to_whom_what_and_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("outcome", "refused"),
                                    models.Q(("basis", "none"), _negated=True),
                                    _connector="OR",
                                ),
                                name="disclosure_shared_on_a_basis",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RowChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("table", models.CharField(max_length=63)),
                        ("row", models.BigIntegerField()),
                        ("removed", models.BooleanField()),
                        ("fields", models.JSONField()),
                        ("values", models.TextField()),
                        ("values_digest", models.CharField(max_length=64)),
                        ("request", models.CharField(blank=True, max_length=64)),
                        (
                            "actor",
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
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.child",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["child", "-id"], name="row_changes_of_child"),
                            models.Index(fields=["table", "row"], name="row_changes_of_row"),
                            django.contrib.postgres.indexes.BrinIndex(
                                autosummarize=True, fields=["at"], name="row_changes_by_day"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Matter",
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
                                    ("breach", "Data breach"),
                                    ("complaint", "Complaint"),
                                    ("worry", "Worry about a colleague"),
                                    ("restrict", "Restricted record"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("text", models.TextField()),
                        ("since", models.DateTimeField()),
                        ("reported_at", models.DateTimeField()),
                        (
                            "authority",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.authority",
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
                        (
                            "about",
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
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.child",
                            ),
                        ),
                        ("limit_at", models.DateTimeField(blank=True, null=True)),
                        ("phone", models.CharField(blank=True, max_length=20)),
                        (
                            "senior",
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
                        "ordering": ["-reported_at", "-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind__in", ("worry", "restrict")), ("limit_at__isnull", False)
                                    ),
                                    models.Q(
                                        models.Q(("kind__in", ("worry", "restrict")), _negated=True),
                                        ("about", None),
                                        ("child", None),
                                        ("limit_at", None),
                                        ("phone", ""),
                                        ("senior", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="matter_worry_has_its_own_limit",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("about", None),
                                    models.Q(
                                        models.Q(("about", models.F("reported_by")), _negated=True),
                                        models.Q(
                                            ("senior", None),
                                            models.Q(("senior", models.F("about")), _negated=True),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="matter_worry_is_not_read_by_whom_it_is_about",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True), name="matter_says_what"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("since__lte", models.F("reported_at"))),
                                name="matter_not_before_it_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MatterEntry",
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
                                    ("assessed", "Assessed: whom it concerns, and the risk to them"),
                                    ("notified", "Told the Information Commissioner"),
                                    ("not_notified", "Decided not to tell the Information Commissioner"),
                                    ("told_people", "Told the people concerned, or decided not to"),
                                    ("acknowledged", "Acknowledged to whoever complained"),
                                    ("answered", "Answered"),
                                    ("lado_has_it", "The LADO has it"),
                                    ("outcome", "What the LADO decided"),
                                    ("looked_at", "Looked at, and what was decided"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("concerned", models.TextField(blank=True)),
                        (
                            "risk",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("unlikely", "A risk to them is unlikely"),
                                    ("likely", "A risk to them is likely"),
                                    ("high", "A high risk to them is likely"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("text", models.TextField()),
                        ("happened_at", models.DateTimeField()),
                        ("written_at", models.DateTimeField()),
                        (
                            "matter",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="cases.matter",
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
                        "ordering": ["written_at", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True), name="matter_entry_says_what"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind", "assessed"),
                                        models.Q(("concerned", ""), _negated=True),
                                        models.Q(("risk", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("kind", "assessed"), _negated=True),
                                        ("concerned", ""),
                                        ("risk", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="matter_entry_assessed_says_whom_and_how",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Restriction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.TextField()),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        ("lift_reason", models.TextField(blank=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="restrictions",
                                to="cases.child",
                            ),
                        ),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
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
                        (
                            "set_by",
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
                                name="restriction_ends_after_start",
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
                                name="restrictions_do_not_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="restriction_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None),
                                    models.Q(
                                        ("lifted_by__isnull", False),
                                        ("seconded_by__isnull", False),
                                        models.Q(("lifted_by", models.F("seconded_by")), _negated=True),
                                        models.Q(("lift_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="restriction_lifted_by_two_people",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NamedPerson",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at_first", models.BooleanField()),
                        ("reason", models.TextField(blank=True)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
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
                            "named_by",
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
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "restriction",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="named",
                                to="cases.restriction",
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
                                name="named_person_ends_after_start",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("restriction", "="),
                                    ("user", "="),
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
                                name="named_person_named_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("at_first", True), ("seconded_by", None)),
                                    models.Q(
                                        ("at_first", False),
                                        ("seconded_by__isnull", False),
                                        models.Q(("named_by", models.F("seconded_by")), _negated=True),
                                        models.Q(("user", models.F("seconded_by")), _negated=True),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="named_person_later_by_two_people",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Correction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "what",
                            models.CharField(
                                choices=[
                                    ("note", "Note"),
                                    ("contact", "Note of a contact"),
                                    ("update", "Update of an episode"),
                                    ("call", "Call about an episode"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("table", models.CharField(max_length=63)),
                        ("row", models.BigIntegerField()),
                        ("column", models.CharField(max_length=63)),
                        ("passage_digest", models.CharField(max_length=64)),
                        ("row_before", models.CharField(blank=True, max_length=64)),
                        ("row_after", models.CharField(blank=True, max_length=64)),
                        ("reason", models.TextField()),
                        ("corrected_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="corrections",
                                to="cases.child",
                            ),
                        ),
                        (
                            "corrected_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "seconded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["corrected_at", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("table", "row", "column"), name="correction_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="correction_says_why"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("corrected_by", models.F("seconded_by")), _negated=True),
                                name="correction_by_two_people",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("column", "text"), ("table", "cases_note"), ("what", "note")),
                                    models.Q(
                                        ("column", "note"), ("table", "cases_contact"), ("what", "contact")
                                    ),
                                    models.Q(
                                        ("column", "text"),
                                        ("table", "cases_episodeupdate"),
                                        ("what", "update"),
                                    ),
                                    models.Q(
                                        ("column", "said"), ("table", "cases_episodecall"), ("what", "call")
                                    ),
                                    _connector="OR",
                                ),
                                name="correction_of_a_passage",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LegalHold",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.TextField()),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        ("lift_reason", models.TextField(blank=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="legal_holds",
                                to="cases.child",
                            ),
                        ),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
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
                        (
                            "set_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-starts_at", "-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ends_at", None)),
                                fields=("child",),
                                name="legal_hold_one_stands",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                                ),
                                name="legal_hold_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="legal_hold_says_why"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ends_at", None),
                                        ("lift_reason", ""),
                                        ("lifted_by", None),
                                        ("seconded_by", None),
                                    ),
                                    models.Q(
                                        ("ends_at__isnull", False),
                                        ("lifted_by__isnull", False),
                                        ("seconded_by__isnull", False),
                                        models.Q(("lifted_by", models.F("seconded_by")), _negated=True),
                                        models.Q(("lift_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="legal_hold_lifted_by_two_people",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Transfer",
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
                                    ("nts", "National Transfer Scheme"),
                                    ("agreed", "Agreed between the two authorities"),
                                ],
                                max_length=6,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("referred", "Referred, no authority has it yet"),
                                    ("allocated", "Offered, nobody has answered yet"),
                                    ("declined", "Declined"),
                                    ("accepted", "Accepted"),
                                    ("date_set", "Day agreed"),
                                    ("in_transit", "On the way"),
                                    ("arrived", "Arrived"),
                                    ("completed", "Completed"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="referred",
                                max_length=10,
                            ),
                        ),
                        ("needs", models.TextField()),
                        ("wishes", models.TextField()),
                        ("wishes_language", models.CharField(max_length=60)),
                        ("proposed_date", models.DateField()),
                        ("referred_at", models.DateTimeField()),
                        ("allocated_at", models.DateTimeField(blank=True, null=True)),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        ("decline_reason", models.TextField(blank=True)),
                        ("moves_date", models.DateField(blank=True, null=True)),
                        ("left_at", models.DateTimeField(blank=True, null=True)),
                        ("expected_at", models.DateTimeField(blank=True, null=True)),
                        ("arrived_at", models.DateTimeField(blank=True, null=True)),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                        ("handed_to", models.CharField(blank=True, max_length=120)),
                        ("completed_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdraw_reason", models.TextField(blank=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers",
                                to="cases.child",
                            ),
                        ),
                        (
                            "receiver",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.authority",
                            ),
                        ),
                        (
                            "referred_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "sender",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.authority",
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.team",
                            ),
                        ),
                        (
                            "worker",
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
                        "ordering": ["-referred_at", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        (
                                            "referred",
                                            "allocated",
                                            "declined",
                                            "accepted",
                                            "date_set",
                                            "in_transit",
                                        ),
                                    )
                                ),
                                fields=["receiver"],
                                name="transfer_coming",
                            ),
                            models.Index(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        (
                                            "referred",
                                            "allocated",
                                            "declined",
                                            "accepted",
                                            "date_set",
                                            "in_transit",
                                        ),
                                    )
                                ),
                                fields=["sender"],
                                name="transfer_going",
                            ),
                            models.Index(
                                condition=models.Q(("status", "arrived")),
                                fields=["receiver"],
                                name="transfer_unread",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        (
                                            "referred",
                                            "allocated",
                                            "declined",
                                            "accepted",
                                            "date_set",
                                            "in_transit",
                                        ),
                                    )
                                ),
                                fields=("child",),
                                name="transfer_one_open_per_child",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("receiver", None),
                                    models.Q(("receiver", models.F("sender")), _negated=True),
                                    _connector="OR",
                                ),
                                name="transfer_between_two",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ("referred", "withdrawn")),
                                    models.Q(("allocated_at__isnull", False), ("receiver__isnull", False)),
                                    _connector="OR",
                                ),
                                name="transfer_offered_to_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "referred"), _negated=True),
                                    ("receiver", None),
                                    _connector="OR",
                                ),
                                name="transfer_referred_to_nobody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "status__in",
                                            ("accepted", "date_set", "in_transit", "arrived", "completed"),
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        ("answered_at__isnull", False),
                                        ("team__isnull", False),
                                        ("worker__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_accepted_with_a_named_worker",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "declined"), _negated=True),
                                    models.Q(
                                        models.Q(("decline_reason", ""), _negated=True),
                                        ("answered_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_declined_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status__in", ("date_set", "in_transit")), _negated=True),
                                    ("moves_date__isnull", False),
                                    _connector="OR",
                                ),
                                name="transfer_has_its_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "in_transit"), _negated=True),
                                    models.Q(
                                        ("expected_at__gt", models.F("left_at")),
                                        ("expected_at__isnull", False),
                                        ("left_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_on_the_way_is_expected",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("arrived_at__isnull", False),
                                        ("arrived_at__lte", models.F("confirmed_at")),
                                        ("confirmed_at__isnull", False),
                                        ("status__in", ("arrived", "completed")),
                                        models.Q(("handed_to", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("status__in", ("arrived", "completed")), _negated=True),
                                        ("arrived_at", None),
                                        ("confirmed_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_arrived_when_confirmed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("completed_at__isnull", False), ("status", "completed")),
                                    models.Q(
                                        models.Q(("status", "completed"), _negated=True),
                                        ("completed_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_completed_when_completed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("status", "withdrawn"),
                                        ("withdrawn_at__isnull", False),
                                        models.Q(("withdraw_reason", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("status", "withdrawn"), _negated=True),
                                        ("withdraw_reason", ""),
                                        ("withdrawn_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_withdrawn_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("needs", ""), _negated=True),
                                    models.Q(("wishes", ""), _negated=True),
                                    models.Q(("wishes_language", ""), _negated=True),
                                ),
                                name="transfer_says_what",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Acknowledgement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "item",
                            models.CharField(
                                choices=[
                                    ("risks", "Risks that stand open"),
                                    ("episodes", "Missing episodes that are open"),
                                    ("profile", "Who the child is, to be found by"),
                                    ("documents", "Photos and documents"),
                                ],
                                max_length=9,
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
                            "transfer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acknowledgements",
                                to="cases.transfer",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("transfer", "item", "at"), name="acknowledged_once_at_a_time"
                            )
                        ],
                    },
                ),
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
                        "indexes": [
                            models.Index(fields=["child", "recorded_at"], name="age_decisions_of_child")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("age_status__in", ("assessed_adult", "treated_as_adult_elsewhere")),
                                        _negated=True,
                                    ),
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
                        "indexes": [
                            models.Index(fields=["child", "recorded_at"], name="birth_dates_of_child")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RiskAssessment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "grade",
                            models.CharField(
                                choices=[("low", "Low"), ("medium", "Medium"), ("high", "High")], max_length=7
                            ),
                        ),
                        (
                            "before",
                            models.CharField(
                                choices=[
                                    ("unknown", "Not yet assessed"),
                                    ("low", "Low"),
                                    ("medium", "Medium"),
                                    ("high", "High"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("rationale", models.TextField()),
                        ("domains", models.JSONField(default=dict)),
                        ("protective", models.TextField(blank=True)),
                        ("contributors", models.CharField(blank=True, max_length=300)),
                        ("changed", models.TextField(blank=True)),
                        (
                            "police_grade",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Not given yet"),
                                    ("very_low", "Very low"),
                                    ("low", "Low"),
                                    ("medium", "Medium"),
                                    ("high", "High"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("again_by", models.DateField(blank=True, null=True)),
                        ("assessed_at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        ("agreed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "agreed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "assessed_by",
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
                                related_name="assessments",
                                to="cases.child",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-assessed_at", "-pk"],
                        "indexes": [
                            models.Index(fields=["child", "-assessed_at"], name="assessment_by_child")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("grade__in", ["low", "medium", "high"])),
                                name="assessment_graded",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rationale", ""), _negated=True),
                                name="assessment_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("assessed_at__lte", models.F("recorded_at"))),
                                name="assessment_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("agreed_at", None), ("agreed_by", None)),
                                    models.Q(
                                        ("agreed_at__isnull", False),
                                        ("agreed_by__isnull", False),
                                        models.Q(("agreed_by", models.F("assessed_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="assessment_agreed_by_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChildLink",
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
                                    ("sibling", "Brother or sister"),
                                    ("relative", "Another relative"),
                                    ("companion", "Travelled together"),
                                    ("friend", "Friend"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("said_by", models.CharField(max_length=200, verbose_name="who says so")),
                        ("note", models.CharField(blank=True, max_length=500)),
                        ("may_be_danger", models.BooleanField(default=False)),
                        (
                            "check_result",
                            models.CharField(
                                choices=[
                                    ("not_checked", "Not checked: it is what somebody says"),
                                    ("confirmed", "Checked: it is so"),
                                    ("not_so", "Checked: it is not so"),
                                ],
                                default="not_checked",
                                max_length=11,
                            ),
                        ),
                        ("checked_how", models.CharField(blank=True, max_length=500)),
                        ("checked_at", models.DateTimeField(blank=True, null=True)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "checked_by",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links_ahead",
                                to="cases.child",
                            ),
                        ),
                        (
                            "other",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links_behind",
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
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("child__lt", models.F("other"))),
                                name="link_from_the_lower_key",
                            ),
                            models.UniqueConstraint(
                                fields=("child", "other", "kind"), name="link_of_a_kind_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("check_result", "not_checked"),
                                        ("checked_at", None),
                                        ("checked_by", None),
                                    ),
                                    models.Q(
                                        ("checked_at__isnull", False),
                                        ("checked_by__isnull", False),
                                        models.Q(("checked_how", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="link_checked_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HostNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("told_at", models.DateTimeField()),
                        ("told_whom", models.CharField(max_length=200)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="host_notices",
                                to="cases.child",
                            ),
                        ),
                        (
                            "placement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="host_notice",
                                to="cases.placement",
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
                                condition=models.Q(("told_at__lte", models.F("recorded_at"))),
                                name="host_notice_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("told_whom", ""), _negated=True),
                                name="host_notice_says_whom",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Visit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("visited_at", models.DateTimeField()),
                        ("seen", models.BooleanField()),
                        ("seen_alone", models.BooleanField(blank=True, null=True)),
                        ("place", models.CharField(max_length=200)),
                        ("note", models.TextField(blank=True)),
                        ("lasting", models.BooleanField(default=False)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="visits",
                                to="cases.child",
                            ),
                        ),
                        (
                            "contact",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="visit",
                                to="cases.contact",
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
                        "ordering": ["-visited_at", "-pk"],
                        "indexes": [models.Index(fields=["child", "-visited_at"], name="visit_by_child")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("visited_at__lte", models.F("recorded_at"))),
                                name="visit_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("contact__isnull", False),
                                        ("seen", True),
                                        ("seen_alone__isnull", False),
                                    ),
                                    models.Q(
                                        ("contact", None),
                                        ("seen", False),
                                        ("seen_alone", None),
                                        models.Q(("note", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="visit_seen_is_a_contact",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("place", ""), _negated=True), name="visit_says_where"
                            ),
                        ],
                    },
                ),
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
                                    ("turning_18", "Plan for the 18th birthday"),
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
                        "indexes": [
                            models.Index(fields=["child", "kind", "-held_at"], name="held_paper_by_child")
                        ],
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
                        "indexes": [
                            models.Index(fields=["child", "section", "-id"], name="find_me_by_section")
                        ],
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
                migrations.CreateModel(
                    name="PlacementApproval",
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
                                    ("approved", "Approved as a distant placement"),
                                    ("adjoins", "Not distant: the two areas adjoin"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("approved_by", models.CharField(max_length=150)),
                        ("approved_date", models.DateField()),
                        ("reason", models.CharField(max_length=500)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="placement_approvals",
                                to="cases.child",
                            ),
                        ),
                        (
                            "placement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="approval",
                                to="cases.placement",
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
                                    ("kind__in", ["approved", "adjoins"]),
                                    models.Q(("approved_by", ""), _negated=True),
                                    models.Q(("reason", ""), _negated=True),
                                ),
                                name="placement_approval_says_who_and_why",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoomReview",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("own_room", models.BooleanField()),
                        ("note", models.CharField(blank=True, max_length=500)),
                        ("review_by", models.DateField()),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="room_reviews",
                                to="cases.child",
                            ),
                        ),
                        (
                            "placement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="room_reviews",
                                to="cases.placement",
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
                        "ordering": ["-recorded_at", "-pk"],
                        "indexes": [
                            models.Index(fields=["placement", "-id"], name="room_review_by_placement")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("own_room", True), models.Q(("note", ""), _negated=True), _connector="OR"
                                ),
                                name="room_shared_says_why",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SafetyPlan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("goals", models.TextField()),
                        (
                            "contact_row",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "As the policy asks, no closer"),
                                    ("ordinary", "At least once a day"),
                                    ("high", "At least twice a day"),
                                    ("first_30_days", "At least three times a day, seen face to face"),
                                    ("first_72_hours", "At every roll-call, five times a day"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "comes_back",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "As the policy asks, no closer"),
                                    ("ordinary", "At least once a day"),
                                    ("high", "At least twice a day"),
                                    ("first_30_days", "At least three times a day, seen face to face"),
                                    ("first_72_hours", "At every roll-call, five times a day"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("comes_back_at", models.DateTimeField(blank=True, null=True)),
                        ("why_less", models.TextField(blank=True)),
                        ("phone_plan", models.TextField(blank=True)),
                        ("visitors", models.TextField(blank=True)),
                        ("safe_words", models.CharField(blank=True, max_length=300)),
                        ("if_missing", models.TextField()),
                        ("contacts", models.TextField(blank=True)),
                        (
                            "child_agrees",
                            models.CharField(
                                choices=[
                                    ("agrees", "Agrees"),
                                    ("in_part", "Agrees in part"),
                                    ("disagrees", "Does not agree"),
                                    ("not_asked", "Not asked yet"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("child_words", models.TextField(blank=True)),
                        ("agreed_with", models.CharField(max_length=300)),
                        ("review_date", models.DateField()),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="plans",
                                to="cases.child",
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
                        "ordering": ["-recorded_at", "-pk"],
                        "indexes": [models.Index(fields=["child", "-recorded_at"], name="plan_by_child")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("goals", ""), _negated=True),
                                    models.Q(("if_missing", ""), _negated=True),
                                    models.Q(("agreed_with", ""), _negated=True),
                                ),
                                name="plan_says_what_and_who",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("comes_back", ""), ("comes_back_at", None)),
                                    models.Q(
                                        models.Q(("comes_back", ""), _negated=True),
                                        ("comes_back_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="plan_less_contact_comes_back",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("seconded_by", None),
                                    models.Q(
                                        models.Q(("seconded_by", models.F("written_by")), _negated=True),
                                        models.Q(("why_less", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="plan_seconded_by_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssessmentReading",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("read_at", models.DateTimeField()),
                        ("signed", models.BooleanField()),
                        ("words", models.TextField(blank=True)),
                        (
                            "assessed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "assessment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reading",
                                to="cases.riskassessment",
                            ),
                        ),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assessment_readings",
                                to="cases.child",
                            ),
                        ),
                        (
                            "read_by",
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
                                condition=models.Q(("read_by", models.F("assessed_by")), _negated=True),
                                name="assessment_read_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("signed", True), models.Q(("words", ""), _negated=True), _connector="OR"
                                ),
                                name="assessment_sent_back_with_words",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FirstResponder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20, unique=True)),
                        ("name", models.CharField(max_length=120)),
                        ("valid_to", models.DateField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["pk"],
                    },
                ),
                migrations.CreateModel(
                    name="NrmReferral",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("made_by", models.CharField(max_length=150)),
                        ("referred_at", models.DateTimeField()),
                        (
                            "competent_authority",
                            models.CharField(
                                choices=[
                                    ("sca", "Single Competent Authority"),
                                    ("ieca", "Immigration Enforcement Competent Authority"),
                                    ("panel", "Local decision panel"),
                                ],
                                max_length=5,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("referred", "Referred, reasonable grounds awaited"),
                                    ("reasonable_grounds", "Reasonable grounds, conclusive decision awaited"),
                                    ("no_reasonable_grounds", "No reasonable grounds"),
                                    ("conclusive_grounds", "Conclusive grounds: a victim"),
                                    ("no_conclusive_grounds", "No conclusive grounds"),
                                    ("grounds_reconsidered", "Reasonable grounds being reconsidered"),
                                    ("conclusive_reconsidered", "Conclusive decision being reconsidered"),
                                    ("suspended", "Suspended"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="referred",
                                max_length=24,
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="nrm_referrals",
                                to="cases.child",
                            ),
                        ),
                        (
                            "first_responder",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.firstresponder",
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
                        "ordering": ["-recorded_at", "-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        (
                                            "referred",
                                            "reasonable_grounds",
                                            "grounds_reconsidered",
                                            "conclusive_reconsidered",
                                            "suspended",
                                        ),
                                    )
                                ),
                                fields=("child",),
                                name="nrm_one_open_referral",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ends_at", None),
                                        (
                                            "status__in",
                                            (
                                                "referred",
                                                "reasonable_grounds",
                                                "grounds_reconsidered",
                                                "conclusive_reconsidered",
                                                "suspended",
                                            ),
                                        ),
                                    ),
                                    models.Q(
                                        models.Q(
                                            (
                                                "status__in",
                                                (
                                                    "referred",
                                                    "reasonable_grounds",
                                                    "grounds_reconsidered",
                                                    "conclusive_reconsidered",
                                                    "suspended",
                                                ),
                                            ),
                                            _negated=True,
                                        ),
                                        ("ends_at__gte", models.F("starts_at")),
                                    ),
                                    _connector="OR",
                                ),
                                name="nrm_open_until_it_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("referred_at__lte", models.F("recorded_at"))),
                                name="nrm_referral_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("made_by", ""), _negated=True),
                                name="nrm_referral_says_who",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NrmStep",
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
                                    ("referred", "Referred, reasonable grounds awaited"),
                                    ("reasonable_grounds", "Reasonable grounds, conclusive decision awaited"),
                                    ("no_reasonable_grounds", "No reasonable grounds"),
                                    ("conclusive_grounds", "Conclusive grounds: a victim"),
                                    ("no_conclusive_grounds", "No conclusive grounds"),
                                    ("grounds_reconsidered", "Reasonable grounds being reconsidered"),
                                    ("conclusive_reconsidered", "Conclusive decision being reconsidered"),
                                    ("suspended", "Suspended"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                max_length=24,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("referred", "Referred, reasonable grounds awaited"),
                                    ("reasonable_grounds", "Reasonable grounds, conclusive decision awaited"),
                                    ("no_reasonable_grounds", "No reasonable grounds"),
                                    ("conclusive_grounds", "Conclusive grounds: a victim"),
                                    ("no_conclusive_grounds", "No conclusive grounds"),
                                    ("grounds_reconsidered", "Reasonable grounds being reconsidered"),
                                    ("conclusive_reconsidered", "Conclusive decision being reconsidered"),
                                    ("suspended", "Suspended"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                max_length=24,
                            ),
                        ),
                        ("happened_at", models.DateTimeField()),
                        ("note", models.TextField(blank=True)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="nrm_steps",
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
                                to="cases.nrmreferral",
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
                        "ordering": ["-recorded_at", "-pk"],
                        "indexes": [models.Index(fields=["child", "-recorded_at"], name="nrm_step_by_child")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("happened_at__lte", models.F("recorded_at"))),
                                name="nrm_step_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        (
                                            "referred",
                                            "reasonable_grounds",
                                            "grounds_reconsidered",
                                            "conclusive_reconsidered",
                                            "suspended",
                                        ),
                                    ),
                                    models.Q(
                                        ("seconded_by__isnull", False),
                                        models.Q(("seconded_by", models.F("recorded_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="nrm_ended_by_two",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", models.F("before")), _negated=True),
                                    models.Q(("note", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="nrm_asking_says_what_was_answered",
                            ),
                        ],
                    },
                ),
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="meetings",
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
                migrations.CreateModel(
                    name="Journey",
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
                                    ("move", "A move to another placement"),
                                    ("transfer", "A transfer to another authority"),
                                    ("other", "Another journey"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("first_escort", models.CharField(max_length=150)),
                        ("first_phone", models.CharField(max_length=20)),
                        ("first_email", models.EmailField(blank=True, max_length=254)),
                        ("second_escort", models.CharField(max_length=150)),
                        ("second_phone", models.CharField(max_length=20)),
                        ("second_email", models.EmailField(blank=True, max_length=254)),
                        ("vehicle", models.CharField(max_length=120)),
                        ("plate", models.CharField(max_length=20)),
                        ("route", models.CharField(max_length=500)),
                        ("hand_to", models.CharField(max_length=150, verbose_name="who receives the child")),
                        ("told_at", models.DateTimeField()),
                        ("words", models.TextField(verbose_name="what the child said")),
                        (
                            "parted",
                            models.TextField(
                                blank=True, verbose_name="who is parted from the child, and what they said"
                            ),
                        ),
                        ("planned_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="journeys",
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
                            "planned_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-planned_at", "-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("child",),
                                name="journey_one_open_per_child",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("first_escort", ""), _negated=True),
                                    models.Q(("first_phone", ""), _negated=True),
                                    models.Q(("second_escort", ""), _negated=True),
                                    models.Q(("second_phone", ""), _negated=True),
                                    models.Q(("first_escort", models.F("second_escort")), _negated=True),
                                    models.Q(("first_phone", models.F("second_phone")), _negated=True),
                                ),
                                name="journey_has_two_escorts_with_phones",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("vehicle", ""), _negated=True),
                                    models.Q(("plate", ""), _negated=True),
                                    models.Q(("route", ""), _negated=True),
                                    models.Q(("hand_to", ""), _negated=True),
                                ),
                                name="journey_says_how_and_to_whom",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("words", ""), _negated=True),
                                    ("told_at__lte", models.F("planned_at")),
                                ),
                                name="journey_child_was_told_first",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("ended_by", None), ("reason", "")),
                                    ("ended_at__gte", models.F("planned_at")),
                                    _connector="OR",
                                ),
                                name="journey_ends_after_its_plan",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JourneyStop",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("place", models.CharField(max_length=200)),
                        ("due_at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "force",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.policeforce",
                            ),
                        ),
                        (
                            "journey",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stops",
                                to="cases.journey",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["journey", "position"],
                        "constraints": [
                            models.UniqueConstraint(fields=("journey", "position"), name="journey_stop_once"),
                            models.CheckConstraint(
                                condition=models.Q(("place", ""), _negated=True),
                                name="journey_stop_has_place",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JourneyConfirmation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("as_given", models.BooleanField(default=False)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "contact",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="confirmation",
                                to="cases.contact",
                            ),
                        ),
                        (
                            "stop",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="confirmations",
                                to="cases.journeystop",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pk"],
                    },
                ),
                migrations.CreateModel(
                    name="EscortLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("token_hash", models.CharField(max_length=64, unique=True)),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "journey",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links",
                                to="cases.journey",
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False)),
                    ],
                    options={
                        "ordering": ["pk"],
                        "indexes": [models.Index(fields=["key"], name="escort_link_by_key")],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("revoked_at", None)),
                                expressions=[("journey", "="), ("number", "="), ("key", "<>")],
                                name="escort_link_one_each",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("number__in", (1, 2))), name="escort_link_of_one_of_two"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                                name="escort_link_expires_later",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WorkerLeave",
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
                                choices=[("leave", "On leave"), ("sickness", "Sick")], max_length=8
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        ("called_off_at", models.DateTimeField(blank=True, null=True)),
                        ("looked_at", models.DateTimeField(blank=True, null=True)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "looked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
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
                            "worker",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="worker_leaves",
                                to=settings.AUTH_USER_MODEL,
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
                                name="worker_leave_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "sickness"), ("ends_at__isnull", False), _connector="OR"
                                ),
                                name="worker_leave_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("looked_at", None), ("looked_by", None)),
                                    models.Q(("looked_at__isnull", False), ("looked_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="worker_leave_looked_at_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("worker", models.F("looked_by")), _negated=True),
                                name="worker_leave_looked_at_by_another",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("called_off_at", None)),
                                expressions=[
                                    ("worker", "="),
                                    ("kind", "="),
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
                                name="worker_leave_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WorkerCover",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("asked_at", models.DateTimeField()),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        ("accepted", models.BooleanField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, max_length=200)),
                        ("called_off_at", models.DateTimeField(blank=True, null=True)),
                        ("ends_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "allocation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="covers",
                                to="cases.allocation",
                            ),
                        ),
                        (
                            "asked_by",
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
                                related_name="worker_covers",
                                to="cases.child",
                            ),
                        ),
                        (
                            "covered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="worker_covers",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "leave",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="covers",
                                to="cases.workerleave",
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
                                name="worker_cover_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("accepted", None), ("answered_at", None)),
                                    models.Q(("accepted__isnull", False), ("answered_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="worker_cover_answered_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accepted", None),
                                    ("accepted", True),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="worker_cover_declined_with_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accepted", None),
                                    ("accepted", False),
                                    models.Q(("covered_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="worker_cover_accepted_by_another",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("accepted", True), ("called_off_at", None)),
                                expressions=[
                                    ("allocation", "="),
                                    ("leave", "="),
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
                                name="worker_cover_by_one",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Document",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("token", models.CharField(editable=False, max_length=32, unique=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("identity", "Identity or age"),
                                    ("immigration", "Home Office or immigration"),
                                    ("court", "Court or solicitor"),
                                    ("health", "Health"),
                                    ("education", "Education"),
                                    ("placement", "Placement"),
                                    ("police", "Police"),
                                    ("other", "Something else"),
                                ],
                                max_length=11,
                            ),
                        ),
                        ("title", models.CharField(max_length=150)),
                        ("dated", models.DateField(blank=True, null=True)),
                        ("received_from", models.CharField(max_length=150)),
                        (
                            "media_type",
                            models.CharField(
                                choices=[("application/pdf", "PDF"), ("image/jpeg", "JPG")], max_length=15
                            ),
                        ),
                        ("size", models.PositiveIntegerField()),
                        ("digest", models.CharField(max_length=64)),
                        ("kept_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=200)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="documents",
                                to="cases.child",
                            ),
                        ),
                        (
                            "kept_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("destroyed_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["child", "-kept_at", "-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("title", ""), _negated=True),
                                    models.Q(("received_from", ""), _negated=True),
                                ),
                                name="document_says_what",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at", None),
                                        ("withdrawn_by", None),
                                        ("withdrawn_reason", ""),
                                    ),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawn_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="document_withdrawn_with_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("token__regex", "^[0-9a-f]{32}$")),
                                name="document_name_form",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("media_type__in", ["application/pdf", "image/jpeg"])),
                                name="document_media_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("destroyed_at", None),
                                    ("destroyed_at__gte", models.F("kept_at")),
                                    _connector="OR",
                                ),
                                name="document_destroyed_after_it_was_kept",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("child", "digest"),
                                name="document_held_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Supervision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("held_at", models.DateTimeField()),
                        ("own", models.TextField(blank=True)),
                        ("next_date", models.DateField()),
                        ("recorded_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                        (
                            "held_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "worker",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="supervisions",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-held_at", "-pk"],
                        "indexes": [
                            models.Index(fields=["worker", "-held_at"], name="supervision_by_worker")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("worker", models.F("held_by")), _negated=True),
                                name="supervision_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("held_at__lte", models.F("recorded_at"))),
                                name="supervision_not_in_the_future",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at", None),
                                        ("withdrawn_by", None),
                                        ("withdrawn_reason", ""),
                                    ),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawn_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="supervision_withdrawn_with_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Discussion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("discussed", models.TextField()),
                        ("direction", models.TextField(blank=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="discussions",
                                to="cases.child",
                            ),
                        ),
                        (
                            "supervision",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="discussions",
                                to="cases.supervision",
                            ),
                        ),
                        (
                            "withdrawn_by",
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
                        "ordering": ["-supervision__held_at", "-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("supervision", "child"), name="discussion_of_a_child_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("discussed", ""), _negated=True),
                                name="discussion_says_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at", None),
                                        ("withdrawn_by", None),
                                        ("withdrawn_reason", ""),
                                    ),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawn_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="discussion_withdrawn_with_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanAction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("what", models.CharField(max_length=500)),
                        ("by_date", models.DateField()),
                        ("recorded_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ending",
                            models.CharField(
                                blank=True,
                                choices=[("done", "Done"), ("withdrawn", "Withdrawn")],
                                max_length=9,
                            ),
                        ),
                        ("said", models.TextField(blank=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="plan_actions",
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
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="plan_actions",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "placement",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shortfalls",
                                to="cases.placement",
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
                            "discussion",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="cases.discussion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["by_date", "pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["child", "by_date"],
                                name="plan_action_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("what", ""), _negated=True), name="plan_action_says_what"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("ended_by", None), ("ending", "")),
                                    models.Q(
                                        ("ended_at__gte", models.F("recorded_at")),
                                        ("ended_by__isnull", False),
                                        models.Q(("ending", ""), _negated=True),
                                        models.Q(("said", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="plan_action_ends_with_who_and_why",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
