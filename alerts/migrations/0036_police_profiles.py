"""Codes that open photo and details on a police link, what was typed there, and how long ten wrong ones close it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0035_old_texts"),
        ("cases", "0057_legal_holds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="linkuse",
            name="of_profile",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="policelink",
            name="profile_closed_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="dutytask",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ring_home", "Ring this home"),
                    ("find_placement", "Where is this child?"),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.policeforce"
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
