"""Numbers of a police force, for duty and the director to ring: configuration that ends and is never rewritten."""

import django.db.models.deletion
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0106_drafts_in_a_service"),
    ]

    operations = [
        migrations.CreateModel(
            name="ForcePhone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("control_room", "Control room"),
                            ("inspector", "Duty inspector"),
                            ("chief_officer", "Office of the chief officer"),
                        ],
                        max_length=13,
                    ),
                ),
                ("phone", models.CharField(max_length=20)),
                ("verified_date", models.DateField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "force",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="phones",
                        to="cases.policeforce",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="forcephone",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at", None), ("ends_at__gte", models.F("starts_at")), _connector="OR"
                ),
                name="force_phone_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="forcephone",
            constraint=models.CheckConstraint(
                condition=models.Q(("phone", ""), _negated=True), name="force_phone_has_a_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="forcephone",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_at", None)),
                fields=("force", "purpose"),
                name="force_phone_once_at_a_time",
            ),
        ),
        *schema.ends_only(cases_forcephone="ends_at"),
        *schema.history("cases_forcephone"),
    ]
