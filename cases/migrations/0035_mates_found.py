"""Somebody who went missing with others has been found: a trigger of each of the others names that episode."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0034_incidents"),
    ]

    operations = [
        migrations.AddField(
            model_name="trigger",
            name="mate",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.missingepisode",
            ),
        ),
        migrations.AlterField(
            model_name="trigger",
            name="kind",
            field=models.CharField(
                choices=[
                    ("approach", "Somebody came, rang or waited for the child"),
                    ("new_contact", "A new phone, or a new visitor"),
                    ("friend", "A friend has gone missing"),
                    ("move", "A move, or its announcement"),
                    ("age", "An age decision"),
                    ("home_office", "A Home Office interview or refusal"),
                    ("turning_18", "17 years and 9 months"),
                    ("concern", "Serious concern about the child"),
                    ("message", "A message from the missing child"),
                    ("mate_found", "A child who went missing with this one has been found"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "mate_found"), ("mate__isnull", False)),
                    models.Q(models.Q(("kind", "mate_found"), _negated=True), ("mate", None)),
                    _connector="OR",
                ),
                name="trigger_of_a_mate_names_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.UniqueConstraint(fields=("child", "mate"), name="trigger_of_a_mate_once"),
        ),
    ]
