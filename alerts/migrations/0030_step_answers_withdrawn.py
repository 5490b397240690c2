"""What people say of a duty step is kept, and can be taken back; a step may be booked for a time."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

# What a person said of a step before this release; decisions have a record of their own.
SAID = """
    INSERT INTO alerts_stepanswer (step_id, answer, note, said_at, said_by_id, withdrawn_reason)
    SELECT id, answer, note, done_at, done_by_id, '' FROM alerts_dutystep
    WHERE done_by_id IS NOT NULL AND kind NOT IN ('publicity', 'missing_people', 'ukmpu', 'home_office')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0029_found_asked_again"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="dutystep",
            name="again",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="dutystep",
            name="booked_for",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="StepAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("done", "Done"),
                            ("booked", "Booked"),
                            ("not_needed", "Considered, and decided against"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.TextField()),
                ("booked_for", models.DateTimeField(blank=True, null=True)),
                ("said_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                (
                    "said_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="alerts.dutystep",
                    ),
                ),
                (
                    "withdrawn_by",
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
                "ordering": ["said_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), _negated=True), models.Q(("note", ""), _negated=True)
                        ),
                        name="step_answer_says_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("booked_for", None), ("answer", "booked"), _connector="OR"),
                        name="step_answer_booked_for",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_reason", "")
                            ),
                            models.Q(
                                ("withdrawn_at__isnull", False),
                                ("withdrawn_by__isnull", False),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="step_answer_withdrawn_with_reason",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SAID, migrations.RunSQL.noop),
        schema.changes_only(alerts_stepanswer="withdrawn_at, withdrawn_by_id, withdrawn_reason"),
    ]
