"""Keep what comes back by mail about an episode, append-only."""

import django.db.models.deletion
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0013_not_here_clock"),
        ("cases", "0018_configuration_ends"),
    ]

    operations = [
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
            ],
            options={
                "ordering": ["received_at", "pk"],
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
            ],
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
                    ("nobody_to_tell", "Nobody to tell"),
                    ("ring_about_check", "Ring this home: no building check"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="cases.missingepisode"
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="force",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.policeforce",
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="mailbox",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.mailbox",
            ),
        ),
        migrations.AddField(
            model_name="replyanswer",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.missingepisode"
            ),
        ),
        migrations.AddField(
            model_name="replyanswer",
            name="reply",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="answer", to="alerts.reply"
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.UniqueConstraint(fields=("episode", "key"), name="reply_once"),
        ),
        migrations.AddConstraint(
            model_name="replyanswer",
            constraint=models.UniqueConstraint(
                fields=("episode", "address"), name="reply_answered_once_per_thread"
            ),
        ),
        *schema.append_only("alerts_reply", "alerts_replyanswer"),
    ]
