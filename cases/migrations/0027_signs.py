"""Addresses, people, accounts, plates and numbers of concern: a council's list, from which two people take one off."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0026_who_came"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sign",
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
                            ("address", "Address or place"),
                            ("person", "Person"),
                            ("account", "Account online"),
                            ("plate", "Number plate"),
                            ("phone", "Phone number"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.CharField(max_length=200)),
                ("found_by", models.CharField(editable=False, max_length=200)),
                ("why", models.TextField()),
                ("source", models.CharField(max_length=200)),
                ("for_force", models.BooleanField()),
                ("recorded_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
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
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signs",
                        to="cases.authority",
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
                "indexes": [models.Index(fields=["found_by"], name="sign_found_by")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends_at", None)),
                        fields=("authority", "kind", "found_by"),
                        name="sign_stands_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("text", ""), _negated=True),
                            models.Q(("why", ""), _negated=True),
                            models.Q(("source", ""), _negated=True),
                        ),
                        name="sign_says_what_and_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("kind", "phone"), _negated=True),
                                models.Q(("found_by", ""), _negated=True),
                            ),
                            models.Q(("found_by__regex", "^[0-9]+$"), ("kind", "phone")),
                            _connector="OR",
                        ),
                        name="sign_is_found",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("asked_at", None), ("asked_by", None), ("reason", "")),
                            models.Q(
                                ("asked_at__isnull", False),
                                ("asked_by__isnull", False),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="sign_is_asked_off_with_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_by", None), ("ends_at", None)),
                            models.Q(
                                ("asked_by__isnull", False),
                                ("ended_by__isnull", False),
                                ("ends_at__isnull", False),
                                models.Q(("ended_by", models.F("asked_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="sign_is_taken_off_by_two_people",
                    ),
                ],
            },
        ),
        *schema.ends_only(cases_sign="asked_at, asked_by_id, reason, ends_at, ended_by_id"),
        *schema.history("cases_sign"),
    ]
