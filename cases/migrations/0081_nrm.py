"""Referrals to the National Referral Mechanism, their steps, and the organisations that may refer."""

import csv
import uuid
from datetime import date
from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from cases import schema

FILE = Path(__file__).resolve().parent.parent / "reference" / "first_responders.csv"


def load(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Those of the country's own facts: a referral can be recorded as soon as one is asked for."""
    model = apps.get_model("cases", "FirstResponder")
    with FILE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            last = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
            model.objects.create(code=row["code"], name=row["name"], valid_to=last)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0080_plan_for_the_18th_birthday"),
    ]

    operations = [
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
            },
        ),
        migrations.AddConstraint(
            model_name="nrmreferral",
            constraint=models.UniqueConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="nrmreferral",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="nrmreferral",
            constraint=models.CheckConstraint(
                condition=models.Q(("referred_at__lte", models.F("recorded_at"))),
                name="nrm_referral_not_in_the_future",
            ),
        ),
        migrations.AddConstraint(
            model_name="nrmreferral",
            constraint=models.CheckConstraint(
                condition=models.Q(("made_by", ""), _negated=True), name="nrm_referral_says_who"
            ),
        ),
        migrations.AddIndex(
            model_name="nrmstep",
            index=models.Index(fields=["child", "-recorded_at"], name="nrm_step_by_child"),
        ),
        migrations.AddConstraint(
            model_name="nrmstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("happened_at__lte", models.F("recorded_at"))),
                name="nrm_step_not_in_the_future",
            ),
        ),
        migrations.AddConstraint(
            model_name="nrmstep",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="nrmstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", models.F("before")), _negated=True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="nrm_asking_says_what_was_answered",
            ),
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
        *schema.append_only("cases_nrmstep"),
        schema.for_application(
            "REVOKE UPDATE, DELETE, TRUNCATE ON cases_nrmreferral FROM {role}",
            "GRANT UPDATE (status, starts_at, ends_at) ON cases_nrmreferral TO {role}",
            "REVOKE DELETE, TRUNCATE ON cases_firstresponder FROM {role}",
        ),
        *schema.history("cases_nrmreferral", of="child_id"),
        *schema.history("cases_firstresponder"),
    ]
