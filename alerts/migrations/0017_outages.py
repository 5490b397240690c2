"""Keep when the engine did not run, what was asked of homes after it, and the list of each duty desk."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0016_probes"),
        ("cases", "0007_triggers_look_in_public"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="alertstep",
            name="met",
            field=models.CharField(
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
                    ("after_outage", "Ring round after an outage"),
                    ("nobody_to_tell", "Nobody to tell"),
                    ("ring_about_check", "Ring this home: no building check"),
                ],
                max_length=20,
            ),
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
                        condition=models.Q(("asked_at", None)), fields=["began_at"], name="outage_unasked"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__gt", models.F("began_at")), ("held_until__gte", models.F("ended_at"))
                        ),
                        name="outage_in_order",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="dutytask",
            name="outage",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="duty_tasks",
                to="alerts.outage",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="outage",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="alerts.outage",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutytask",
            constraint=models.UniqueConstraint(
                condition=models.Q(("message", None), ("outage__isnull", False)),
                fields=("authority", "outage"),
                name="duty_task_one_per_outage",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("home__isnull", False), ("outage__isnull", False)),
                fields=("outage", "recipient", "home"),
                name="message_one_per_outage_and_home",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("home", None), ("outage__isnull", False)),
                fields=("outage", "recipient", "authority"),
                name="message_one_per_outage_and_desk",
            ),
        ),
        schema.kept("alerts_outage"),
    ]
