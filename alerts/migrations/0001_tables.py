"""The tables of the engine, with what Django itself can say of them, their columns in the order of databases of before."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    replaces = [
        ("alerts", "0001_initial"),
        ("alerts", "0002_initial"),
        ("alerts", "0006_notices"),
        ("alerts", "0007_message_may_be_out"),
        ("alerts", "0008_duty_task_of_home"),
        ("alerts", "0009_message_by_recipient"),
        ("alerts", "0010_home_clocks"),
        ("alerts", "0013_not_here_clock"),
        ("alerts", "0014_replies"),
        ("alerts", "0015_bounces"),
        ("alerts", "0016_probes"),
        ("alerts", "0017_outages"),
        ("alerts", "0018_duty_steps"),
        ("alerts", "0020_guardian_clock"),
        ("alerts", "0022_untaken_shifts"),
        ("alerts", "0023_approach_clock"),
        ("alerts", "0024_no_worker_clock"),
        ("alerts", "0025_after_steps"),
        ("alerts", "0026_bundles"),
        ("alerts", "0027_calls_by_desk"),
        ("alerts", "0028_review_clock"),
        ("alerts", "0031_message_by_user"),
        ("alerts", "0032_clock_of_broken_glass"),
        ("alerts", "0033_matter_clocks"),
        ("alerts", "0034_releases"),
        ("alerts", "0036_police_profiles"),
        ("alerts", "0037_matters_set_aside"),
        ("alerts", "0038_message_of_a_change"),
        ("alerts", "0039_paperwork_clock"),
        ("alerts", "0042_transfer_clock"),
        ("alerts", "0052_area_lists"),
        ("alerts", "0053_concern_mails"),
        ("alerts", "0054_ring_the_escorts"),
        ("alerts", "0057_journey_mails"),
    ]
    initial = True

    dependencies = [
        ("cases", "0001_tables"),
        ("guardians", "0001_tables"),
    ]

    operations = [
        schema.Tables(
            [
                migrations.CreateModel(
                    name="Clock",
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
                                    ("contact", "Contact"),
                                    ("second_eyes", "Second pair of eyes"),
                                    ("call", "Police call"),
                                    ("away", "Away reported"),
                                    ("seen", "Reported seen"),
                                    ("not_here", "Not here"),
                                    ("duty", "Duty step"),
                                    ("guardian", "Guardian"),
                                    ("approach", "Somebody came"),
                                    ("no_worker", "No social worker"),
                                    ("review", "Review"),
                                    ("glass", "Glass broken"),
                                    ("paperwork", "Paperwork"),
                                    ("transfer", "Transfer"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("opens_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField(blank=True, null=True)),
                        ("window", models.CharField(blank=True, max_length=30)),
                        (
                            "rows",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("steps", models.JSONField(blank=True, default=dict)),
                        ("resting", models.BooleanField(default=False)),
                        ("rung", models.CharField(blank=True, max_length=20)),
                        ("next_at", models.DateTimeField(blank=True, null=True)),
                        ("urgency", models.PositiveSmallIntegerField(default=100)),
                        ("faults", models.PositiveSmallIntegerField(default=0)),
                        ("fault", models.CharField(blank=True, max_length=300)),
                        ("set_aside_until", models.DateTimeField(blank=True, null=True)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clocks",
                                to="cases.child",
                            ),
                        ),
                        (
                            "episode",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clocks",
                                to="cases.missingepisode",
                            ),
                        ),
                        ("duty", models.CharField(blank=True, db_default="", default="", max_length=20)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_at__isnull", False)),
                                fields=["next_at"],
                                name="clock_next",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("child", "kind", "episode", "duty"),
                                name="clock_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("episode__isnull", False),
                                        ("kind__in", ("call", "away", "seen", "not_here", "duty", "review")),
                                    ),
                                    models.Q(
                                        ("episode", None),
                                        (
                                            "kind__in",
                                            (
                                                "contact",
                                                "second_eyes",
                                                "guardian",
                                                "approach",
                                                "no_worker",
                                                "glass",
                                                "paperwork",
                                                "transfer",
                                            ),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="clock_of_an_episode_has_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind__in", ("duty", "review", "paperwork", "transfer")),
                                        models.Q(("duty", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("kind__in", ("duty", "review", "paperwork", "transfer")),
                                            _negated=True,
                                        ),
                                        ("duty", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="clock_of_a_duty_names_it",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Alert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("round", models.PositiveSmallIntegerField(default=1)),
                        (
                            "status",
                            models.CharField(
                                choices=[("open", "Open"), ("ended", "Ended")], default="open", max_length=5
                            ),
                        ),
                        (
                            "rows",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("steps", models.JSONField(blank=True, default=dict)),
                        ("opened_at", models.DateTimeField()),
                        ("on_it_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("end_reason", models.CharField(blank=True, max_length=30)),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="cases.child",
                            ),
                        ),
                        (
                            "episode",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="cases.missingepisode",
                            ),
                        ),
                        (
                            "on_it_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "clock",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="alerts.clock",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-opened_at"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "open")),
                                fields=["child"],
                                name="alert_open_by_child",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("clock", "due_at", "round"), name="alert_once_per_deadline"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "open")),
                                fields=("clock",),
                                name="alert_one_open_per_clock",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("status", "open")),
                                    models.Q(("ended_at__isnull", False), ("status", "ended")),
                                    _connector="OR",
                                ),
                                name="alert_ended_when_ended",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("opened_at__gte", models.F("due_at"))),
                                name="alert_opened_when_due",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("step", models.CharField(max_length=20)),
                        ("owed_at", models.DateTimeField()),
                        ("climbed_at", models.DateTimeField()),
                        (
                            "met",
                            models.CharField(
                                choices=[
                                    ("messages", "Messages owed"),
                                    ("call_step", "Told by a call step already"),
                                    ("nobody", "Nobody to tell, climbed at once"),
                                    ("outage", "Told by the roll-call after an outage"),
                                ],
                                default="messages",
                                max_length=10,
                            ),
                        ),
                        (
                            "alert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="climbed",
                                to="alerts.alert",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["climbed_at", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("alert", "step"), name="alert_step_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Heartbeat",
                    fields=[
                        ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                        ("beat_at", models.DateTimeField()),
                        ("detail", models.JSONField(blank=True, default=dict)),
                    ],
                ),
                migrations.CreateModel(
                    name="PolicyVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=30)),
                        ("version", models.PositiveIntegerField()),
                        ("data", models.JSONField()),
                        ("takes_effect_at", models.DateTimeField()),
                        ("published_at", models.DateTimeField()),
                        ("reason", models.CharField(max_length=300)),
                        (
                            "published_by",
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
                    ],
                    options={
                        "ordering": ["key", "version"],
                        "constraints": [
                            models.UniqueConstraint(fields=("key", "version"), name="policy_version_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("published_by", None), ("seconded_by", None)),
                                    models.Q(
                                        ("published_by__isnull", False),
                                        ("seconded_by__isnull", False),
                                        models.Q(("published_by", models.F("seconded_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="policy_changed_by_two_people",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DemoWatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "child",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="demo_watch",
                                to="cases.child",
                            ),
                        ),
                        (
                            "policy",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="alerts.policyversion",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Verification",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("spoken", "Spoken to on 999, 101 or the number held"),
                                    ("signed_in", "Signed-in officer"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("officer", models.CharField(max_length=120)),
                        ("collar_number", models.CharField(blank=True, max_length=30)),
                        ("incident_reference", models.CharField(max_length=60)),
                        ("at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="verifications",
                                to="cases.missingepisode",
                            ),
                        ),
                        (
                            "force",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.policeforce",
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
                        "ordering": ["at", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("officer", ""), _negated=True),
                                    models.Q(("incident_reference", ""), _negated=True),
                                ),
                                name="verification_names_officer_and_reference",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HomeAlert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("opens_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("round", models.PositiveSmallIntegerField(default=1)),
                        (
                            "rows",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("steps", models.JSONField(blank=True, default=dict)),
                        ("opened_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "end_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("checked", "The building was checked"),
                                    ("not_made", "No check was made in time for the next"),
                                    ("not_owed", "Nobody lives there now who needs it"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "home",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="cases.home",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-opened_at"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("home", "due_at", "round"), name="home_alert_once_per_deadline"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("home",),
                                name="home_alert_one_open_per_home",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("end_reason", ""), ("ended_at", None)),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        models.Q(("end_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="home_alert_ended_with_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("opened_at__gte", models.F("due_at"))),
                                name="home_alert_opened_when_due",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HomeAlertStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("step", models.CharField(max_length=20)),
                        ("owed_at", models.DateTimeField()),
                        ("climbed_at", models.DateTimeField()),
                        ("told_nobody", models.BooleanField(default=False)),
                        (
                            "alert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="climbed",
                                to="alerts.homealert",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["climbed_at", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("alert", "step"), name="home_alert_step_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HomeClock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("opens_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField(blank=True, null=True)),
                        ("lapses_at", models.DateTimeField(blank=True, null=True)),
                        ("window", models.CharField(blank=True, max_length=30)),
                        (
                            "rows",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("steps", models.JSONField(blank=True, default=dict)),
                        ("next_at", models.DateTimeField(blank=True, null=True)),
                        ("faults", models.PositiveSmallIntegerField(default=0)),
                        ("fault", models.CharField(blank=True, max_length=300)),
                        ("set_aside_until", models.DateTimeField(blank=True, null=True)),
                        (
                            "home",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clock",
                                to="cases.home",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_at__isnull", False)),
                                fields=["next_at"],
                                name="home_clock_next",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reply",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("sender", models.CharField(blank=True, max_length=254)),
                        ("key", models.CharField(max_length=64)),
                        ("automatic", models.BooleanField()),
                        ("text", models.TextField(blank=True)),
                        ("cut", models.BooleanField(default=False)),
                        ("attachments", models.JSONField(blank=True, default=list)),
                        ("received_at", models.DateTimeField()),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replies",
                                to="cases.missingepisode",
                            ),
                        ),
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
                            "mailbox",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.mailbox",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["received_at", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("episode", "key"), name="reply_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReplyAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("address", models.CharField(max_length=254)),
                        ("text", models.TextField()),
                        ("at", models.DateTimeField()),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.missingepisode",
                            ),
                        ),
                        (
                            "reply",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answer",
                                to="alerts.reply",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("episode", "address"), name="reply_answered_once_per_thread"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Probe",
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
                                choices=[("canary", "Canary"), ("mailbox", "Test of a mailbox")], max_length=7
                            ),
                        ),
                        ("slot", models.DateTimeField(blank=True, null=True, unique=True)),
                        ("asked_at", models.DateTimeField()),
                        ("came_back_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "came_back_by",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("pipe", "came back by the mail server’s pipe"),
                                    ("link", "confirmed on the page"),
                                    ("reply", "answered"),
                                    ("receipt", "shown on a screen"),
                                ],
                                max_length=7,
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "mailbox",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="probes",
                                to="cases.mailbox",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["asked_at", "pk"],
                        "indexes": [models.Index(fields=["kind", "-asked_at"], name="probe_latest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "canary"), ("mailbox", None), ("slot__isnull", False)),
                                    models.Q(("kind", "mailbox"), ("mailbox__isnull", False), ("slot", None)),
                                    _connector="OR",
                                ),
                                name="probe_is_of_its_kind",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TestCall",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("phone", models.CharField(max_length=20)),
                        ("answered", models.BooleanField()),
                        ("note", models.CharField(blank=True, max_length=200)),
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
                            "team",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="test_calls",
                                to="cases.team",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at", "pk"],
                        "indexes": [models.Index(fields=["team", "phone", "-at"], name="test_call_latest")],
                    },
                ),
                migrations.CreateModel(
                    name="Outage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("began_at", models.DateTimeField(unique=True)),
                        ("ended_at", models.DateTimeField()),
                        ("held_until", models.DateTimeField()),
                        ("asked_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["-began_at"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("asked_at", None)),
                                fields=["began_at"],
                                name="outage_unasked",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_at__gt", models.F("began_at")),
                                    ("held_until__gte", models.F("ended_at")),
                                ),
                                name="outage_in_order",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("alert", "Alert"), ("reminder", "Reminder"), ("ending", "Ending")],
                                max_length=8,
                            ),
                        ),
                        ("wording", models.CharField(max_length=30)),
                        ("step", models.CharField(max_length=20)),
                        (
                            "channel",
                            models.CharField(
                                choices=[("mail", "Mail"), ("text", "Text message"), ("voice", "Phone call")],
                                max_length=5,
                            ),
                        ),
                        ("post", models.CharField(max_length=20)),
                        ("recipient", models.CharField(max_length=80)),
                        ("phone", models.CharField(blank=True, max_length=20)),
                        ("urgency", models.PositiveSmallIntegerField(default=100)),
                        ("owed_at", models.DateTimeField()),
                        ("created_at", models.DateTimeField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("queued", "Queued"),
                                    ("sending", "Sending"),
                                    ("sent", "Accepted"),
                                    ("failed", "Failed"),
                                    ("cancelled", "Not sent, no longer needed"),
                                ],
                                default="queued",
                                max_length=9,
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("next_try_at", models.DateTimeField()),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("fence", models.PositiveIntegerField(default=0)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("last_error", models.CharField(blank=True, max_length=300)),
                        (
                            "authority",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.authority",
                            ),
                        ),
                        (
                            "episode",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="cases.missingepisode",
                            ),
                        ),
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
                            "home",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="cases.home",
                            ),
                        ),
                        (
                            "mailbox",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="cases.mailbox",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("may_be_out", models.BooleanField(db_default=False, default=False)),
                        (
                            "home_alert",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="alerts.homealert",
                            ),
                        ),
                        ("bounced_at", models.DateTimeField(blank=True, null=True)),
                        ("delayed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "probe",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="message",
                                to="alerts.probe",
                            ),
                        ),
                        (
                            "outage",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="alerts.outage",
                            ),
                        ),
                        (
                            "shift",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="cases.shift",
                            ),
                        ),
                        ("bundle", models.UUIDField(blank=True, null=True)),
                        ("digest_date", models.DateField(blank=True, null=True)),
                        ("joins_from", models.DateTimeField(blank=True, null=True)),
                        ("held_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "matter",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="cases.matter",
                            ),
                        ),
                        (
                            "change",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="cases.configurationchange",
                            ),
                        ),
                        ("week_date", models.DateField(blank=True, null=True)),
                        (
                            "concern",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="guardians.councilconcern",
                            ),
                        ),
                        (
                            "journey",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="cases.journey",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["created_at"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ("queued", "sending"))),
                                fields=["urgency", "next_try_at"],
                                name="message_owed",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("joins_from__isnull", False), ("status__in", ("queued", "sending"))
                                ),
                                fields=["next_try_at"],
                                name="message_joining",
                            ),
                            models.Index(
                                condition=models.Q(("bundle__isnull", False)),
                                fields=["bundle"],
                                name="message_by_bundle",
                            ),
                            models.Index(fields=["episode"], name="message_by_episode"),
                            models.Index(fields=["user", "sent_at"], name="message_by_user"),
                            models.Index(fields=["recipient", "created_at"], name="message_by_recipient"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("home_alert__isnull", False)),
                                fields=("home_alert", "step", "kind", "recipient"),
                                name="message_of_home_owed_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("shift__isnull", False)),
                                fields=("shift", "recipient"),
                                name="message_one_per_shift",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("matter__isnull", False)),
                                fields=("matter", "step", "recipient"),
                                name="message_of_matter_owed_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("concern__isnull", False)),
                                fields=("concern", "step", "recipient"),
                                name="message_of_concern_owed_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("journey__isnull", False)),
                                fields=("journey", "step", "recipient"),
                                name="message_of_journey_owed_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("change__isnull", False)),
                                fields=("change", "recipient"),
                                name="message_of_change_owed_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_at__isnull", False), ("status", "sent")),
                                    models.Q(models.Q(("status", "sent"), _negated=True), ("sent_at", None)),
                                    _connector="OR",
                                ),
                                name="message_sent_when_sent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "sending"), _negated=True),
                                    ("lease_until__isnull", False),
                                    _connector="OR",
                                ),
                                name="message_sending_has_lease",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("channel", "mail"),
                                        ("phone", ""),
                                        models.Q(
                                            models.Q(("mailbox", None), ("user__isnull", False)),
                                            models.Q(("mailbox__isnull", False), ("user", None)),
                                            models.Q(
                                                ("mailbox", None), ("probe__isnull", False), ("user", None)
                                            ),
                                            models.Q(
                                                ("journey__isnull", False),
                                                ("mailbox", None),
                                                ("post", "escort"),
                                                ("user", None),
                                            ),
                                            _connector="OR",
                                        ),
                                    ),
                                    models.Q(
                                        ("channel__in", ("text", "voice")),
                                        ("mailbox", None),
                                        models.Q(("phone", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="message_has_an_address",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("digest_date__isnull", False)),
                                fields=("user", "digest_date"),
                                name="message_one_digest_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("digest_date", None),
                                    models.Q(
                                        ("channel", "mail"),
                                        ("joins_from__isnull", False),
                                        ("user__isnull", False),
                                        ("wording", "digest"),
                                    ),
                                    _connector="OR",
                                ),
                                name="message_digest_is_a_person_s",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("week_date__isnull", False)),
                                fields=("mailbox", "week_date"),
                                name="message_one_area_list_a_week",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("week_date", None),
                                    models.Q(
                                        ("channel", "mail"),
                                        ("mailbox__isnull", False),
                                        ("week_date__iso_week_day", 1),
                                        ("wording", "area_list"),
                                    ),
                                    _connector="OR",
                                ),
                                name="message_area_list_is_a_mailbox_s",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("bundle", None), ("joins_from__isnull", False), _connector="OR"
                                ),
                                name="message_bundle_of_what_may_go_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("held_at", None),
                                    models.Q(("status", "sending"), _negated=True),
                                    _connector="OR",
                                ),
                                name="message_held_is_in_no_hand",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("bounced_at", None), ("status", "failed"), _connector="OR"
                                ),
                                name="message_bounced_has_failed",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("home__isnull", False), ("outage__isnull", False)),
                                fields=("outage", "recipient", "home"),
                                name="message_one_per_outage_and_home",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("home", None), ("outage__isnull", False)),
                                fields=("outage", "recipient", "authority"),
                                name="message_one_per_outage_and_desk",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DutyTask",
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
                                    ("ring_home", "Ring this home"),
                                    ("find_placement", "Where is this child?"),
                                    ("ring_escort", "Ring the escorts: a stop is not confirmed"),
                                    ("ring_police", "Ring the police and confirm"),
                                    ("ring_101_again", "Ring 101 again"),
                                    ("ring_inspector", "Ring the force duty inspector"),
                                    ("ask_again", "Ask the police again"),
                                    ("phone_them", "Phone them now"),
                                    ("confirm_return", "Confirm with the child and the police"),
                                    ("read_reply", "Read the reply to the police alert"),
                                    ("wrong_codes", "Ring the force: ten wrong codes on its link"),
                                    ("after_outage", "Ring round after an outage"),
                                    ("nobody_to_tell", "Nobody to tell"),
                                    ("ring_about_check", "Ring this home: no building check"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("urgency", models.PositiveSmallIntegerField(default=100)),
                        ("opened_at", models.DateTimeField()),
                        ("next_at", models.DateTimeField(blank=True, null=True)),
                        ("second_rung_at", models.DateTimeField(blank=True, null=True)),
                        ("taken_at", models.DateTimeField(blank=True, null=True)),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        ("answer", models.CharField(blank=True, max_length=300)),
                        (
                            "authority",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="duty_tasks",
                                to="cases.authority",
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
                        (
                            "done_by",
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
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="duty_tasks",
                                to="cases.missingepisode",
                            ),
                        ),
                        (
                            "home",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="duty_tasks",
                                to="cases.home",
                            ),
                        ),
                        (
                            "taken_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="duty_tasks",
                                to="alerts.message",
                            ),
                        ),
                        ("step", models.CharField(blank=True, db_default="", max_length=20)),
                        (
                            "home_alert",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="duty_tasks",
                                to="alerts.homealert",
                            ),
                        ),
                        (
                            "outage",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="duty_tasks",
                                to="alerts.outage",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["urgency", "opened_at"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("done_at", None), ("next_at__isnull", False)),
                                fields=["next_at"],
                                name="duty_task_next",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("done_at", None), ("home__isnull", False), ("message", None)
                                ),
                                fields=("kind", "authority", "home", "step"),
                                name="duty_task_one_open_per_home",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("done_at", None),
                                    ("episode__isnull", False),
                                    ("home", None),
                                    ("message", None),
                                ),
                                fields=("kind", "authority", "episode", "step"),
                                name="duty_task_one_open_per_episode",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("message__isnull", False)),
                                fields=("message", "authority"),
                                name="duty_task_one_per_message_and_desk",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("message", None), ("outage__isnull", False)),
                                fields=("authority", "outage"),
                                name="duty_task_one_per_outage",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("done_at", None),
                                    models.Q(("answer", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="duty_task_done_has_answer",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DutyTaskAlert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "alert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="task_items",
                                to="alerts.alert",
                            ),
                        ),
                        (
                            "task",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="alerts.dutytask",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("task", "alert"), name="duty_task_alert_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MessageItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("step", models.CharField(max_length=20)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("alert", "Alert"), ("reminder", "Reminder"), ("ending", "Ending")],
                                max_length=8,
                            ),
                        ),
                        ("recipient", models.CharField(max_length=80)),
                        (
                            "alert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="message_items",
                                to="alerts.alert",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="alerts.message",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["message"], name="item_by_message")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("alert", "step", "kind", "recipient"), name="message_owed_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MessageProof",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("accepted", models.BooleanField()),
                        ("address", models.CharField(max_length=254)),
                        ("response", models.CharField(blank=True, max_length=300)),
                        ("mail_id", models.CharField(blank=True, max_length=200, verbose_name="Message-ID")),
                        ("subject", models.CharField(blank=True, max_length=200)),
                        ("text", models.TextField(blank=True)),
                        ("text_digest", models.CharField(blank=True, max_length=64)),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proofs",
                                to="alerts.message",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="PoliceLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("token_hash", models.CharField(max_length=64, unique=True)),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        ("opened_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links",
                                to="cases.missingepisode",
                            ),
                        ),
                        (
                            "force",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.policeforce",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links",
                                to="alerts.message",
                            ),
                        ),
                        ("profile_closed_until", models.DateTimeField(blank=True, null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="LinkAcknowledgement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("collar_number", models.CharField(max_length=30, verbose_name="collar number")),
                        (
                            "incident_reference",
                            models.CharField(blank=True, max_length=60, verbose_name="incident reference"),
                        ),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acknowledgements",
                                to="cases.missingepisode",
                            ),
                        ),
                        (
                            "link",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acknowledgements",
                                to="alerts.policelink",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at"],
                    },
                ),
                migrations.CreateModel(
                    name="LinkUse",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("posted", models.BooleanField(default=False)),
                        (
                            "link",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uses",
                                to="alerts.policelink",
                            ),
                        ),
                        ("of_profile", models.BooleanField(default=False)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["link", "-at"], name="link_use_recent")],
                    },
                ),
                migrations.CreateModel(
                    name="DutyStep",
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
                                    (
                                        "keep_evidence",
                                        "Leave the room, keep CCTV and door log, note if the phone still rings",
                                    ),
                                    ("police_reference", "Record police reference and police grade"),
                                    ("publicity", "Ask the police for publicity and a Child Rescue Alert"),
                                    ("strategy_by_phone", "Hold a strategy discussion by phone"),
                                    ("nrm_referral", "Refer to the National Referral Mechanism"),
                                    ("home_office", "Decide whether the Home Office is told"),
                                    ("strategy", "Hold or book the strategy discussion"),
                                    ("briefing", "Brief senior managers"),
                                    (
                                        "missing_people",
                                        "Refer to Missing People (116 000), decide on publicity",
                                    ),
                                    (
                                        "ukmpu",
                                        "Have the police confirm that the UK Missing Persons Unit knows",
                                    ),
                                    (
                                        "nrm_considered",
                                        "Make or consider the referral to the National Referral Mechanism",
                                    ),
                                    ("director_briefing", "Brief the director"),
                                    (
                                        "prevention_interview",
                                        "Have the police hold their prevention interview, and note who held it",
                                    ),
                                    ("interview_assigned", "Name who offers the return interview"),
                                    ("return_interview", "Offer the return interview and write it down"),
                                    ("risk_again", "Assess the risk again"),
                                    ("repeated", "Hold a strategy meeting: three episodes in 90 days"),
                                    (
                                        "watched_still",
                                        "Agree who watches over the child tonight, and mark the live concern",
                                    ),
                                    (
                                        "with_child",
                                        "Have somebody the child knows at the hospital, and give the ward our number",
                                    ),
                                    ("appropriate_adult", "Have an appropriate adult at the police station"),
                                    ("solicitor", "Have a solicitor for the child before any interview"),
                                    (
                                        "trafficking_defence",
                                        "Ask the solicitor about the defence for victims of trafficking (section 45)",
                                    ),
                                    (
                                        "visit_as_child",
                                        "Visit the child, and contest that they are treated as an adult",
                                    ),
                                    (
                                        "family_checked",
                                        "See the child at the family’s home, and check who they are",
                                    ),
                                    (
                                        "abroad_seen",
                                        "Ask the children’s services of that country to see the child, never its embassy",
                                    ),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("policy_version", models.PositiveIntegerField()),
                        ("planned_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("steps", models.JSONField(blank=True, default=dict)),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "answer",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("done", "Done"),
                                    ("booked", "Booked"),
                                    ("not_needed", "Considered, and decided against"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                        (
                            "done_by",
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
                                related_name="duty_steps",
                                to="cases.missingepisode",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["due_at", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("episode", "kind"), name="duty_step_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("answer", ""), ("done_at", None), ("done_by", None), ("note", "")
                                    ),
                                    models.Q(
                                        ("done_at__isnull", False),
                                        models.Q(("answer", ""), _negated=True),
                                        models.Q(("note", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="duty_step_answered_when_done",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "home_office"), _negated=True),
                                    ("done_at", None),
                                    ("done_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="duty_step_home_office_is_decided",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Sending",
                    fields=[
                        (
                            "id",
                            models.SmallIntegerField(
                                default=1, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("is_on", models.BooleanField()),
                        ("cluster", models.BigIntegerField()),
                        ("table", models.BigIntegerField()),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("id", 1)), name="sending_is_one_row")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MatterClock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("rung", models.CharField(blank=True, max_length=4)),
                        ("next_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "matter",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clock",
                                to="cases.matter",
                            ),
                        ),
                        ("fault", models.CharField(blank=True, db_default="", max_length=300)),
                        ("faults", models.PositiveSmallIntegerField(db_default=0, default=0)),
                        ("set_aside_until", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_at__isnull", False)),
                                fields=["next_at"],
                                name="matter_clock_next",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ended_at", None), ("next_at", None), _connector="OR"),
                                name="matter_clock_ended_is_not_looked_at",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Release",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("field", models.CharField(blank=True, max_length=20)),
                        (
                            "side",
                            models.CharField(
                                choices=[("guardian", "The guardian"), ("home", "The home")], max_length=8
                            ),
                        ),
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
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="releases",
                                to="cases.missingepisode",
                            ),
                        ),
                        (
                            "interview",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.returninterview",
                            ),
                        ),
                        (
                            "released_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "reply",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="alerts.reply",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["starts_at", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("interview__isnull", False),
                                        ("reply", None),
                                        models.Q(("field", ""), _negated=True),
                                    ),
                                    models.Q(("field", ""), ("interview", None), ("reply__isnull", False)),
                                    _connector="OR",
                                ),
                                name="release_is_of_one_line",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ends_at", None)),
                                fields=("interview", "field", "reply", "side"),
                                name="release_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_by", None), ("ends_at", None)),
                                    models.Q(
                                        ("ended_by__isnull", False), ("ends_at__gte", models.F("starts_at"))
                                    ),
                                    _connector="OR",
                                ),
                                name="release_ended_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProfileCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code_hash", models.CharField(max_length=64)),
                        ("officer", models.CharField(max_length=120)),
                        ("collar_number", models.CharField(max_length=30)),
                        ("given_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        (
                            "episode",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="profile_codes",
                                to="cases.missingepisode",
                            ),
                        ),
                        (
                            "force",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.policeforce",
                            ),
                        ),
                        (
                            "given_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "link",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="profile_codes",
                                to="alerts.policelink",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("officer", ""), _negated=True),
                                    models.Q(("collar_number", ""), _negated=True),
                                ),
                                name="profile_code_names_officer",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProfileTry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("right", models.BooleanField()),
                        (
                            "link",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="profile_tries",
                                to="alerts.policelink",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["link", "-at"], name="profile_try_recent")],
                    },
                ),
            ]
        ),
    ]
