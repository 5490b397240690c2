"""Let a clock tell of a data breach or a complaint that waits for an answer."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0032_clock_of_broken_glass"),
        ("cases", "0052_matters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
            ],
        ),
        migrations.AddField(
            model_name="message",
            name="matter",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="cases.matter",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("matter__isnull", False)),
                fields=("matter", "step", "recipient"),
                name="message_of_matter_owed_once",
            ),
        ),
        migrations.AddField(
            model_name="matterclock",
            name="matter",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="clock", to="cases.matter"
            ),
        ),
        migrations.AddIndex(
            model_name="matterclock",
            index=models.Index(
                condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="matter_clock_next"
            ),
        ),
        migrations.AddConstraint(
            model_name="matterclock",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_at", None), ("next_at", None), _connector="OR"),
                name="matter_clock_ended_is_not_looked_at",
            ),
        ),
        schema.kept("alerts_matterclock"),
    ]
