"""Prove the ways: canaries and tests of mailboxes, whose messages are about no child, and test calls."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0015_bounces"),
        ("cases", "0018_configuration_ends"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
            ],
            options={
                "ordering": ["asked_at", "pk"],
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
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="message",
            name="message_has_an_address",
        ),
        migrations.AddField(
            model_name="probe",
            name="asked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="probe",
            name="mailbox",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="probes",
                to="cases.mailbox",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="probe",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="message",
                to="alerts.probe",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("channel", "mail"),
                        ("phone", ""),
                        models.Q(
                            models.Q(("mailbox", None), ("user__isnull", False)),
                            models.Q(("mailbox__isnull", False), ("user", None)),
                            models.Q(("mailbox", None), ("probe__isnull", False), ("user", None)),
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
        ),
        migrations.AddField(
            model_name="testcall",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="testcall",
            name="team",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="test_calls", to="cases.team"
            ),
        ),
        migrations.AddIndex(
            model_name="probe",
            index=models.Index(fields=["kind", "-asked_at"], name="probe_latest"),
        ),
        migrations.AddConstraint(
            model_name="probe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "canary"), ("mailbox", None), ("slot__isnull", False)),
                    models.Q(("kind", "mailbox"), ("mailbox__isnull", False), ("slot", None)),
                    _connector="OR",
                ),
                name="probe_is_of_its_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="testcall",
            index=models.Index(fields=["team", "phone", "-at"], name="test_call_latest"),
        ),
        *schema.append_only("alerts_testcall"),
        schema.kept("alerts_probe"),
    ]
