"""What a manager said of a risk assessment: signed, or sent back with words; nobody edits it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0078_safeguarding_plans"),
    ]

    operations = [
        migrations.CreateModel(
            name="AssessmentReading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("read_at", models.DateTimeField()),
                ("signed", models.BooleanField()),
                ("words", models.TextField(blank=True)),
                (
                    "assessed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "assessment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reading",
                        to="cases.riskassessment",
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessment_readings",
                        to="cases.child",
                    ),
                ),
                (
                    "read_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("read_by", models.F("assessed_by")), _negated=True),
                        name="assessment_read_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("signed", True), models.Q(("words", ""), _negated=True), _connector="OR"
                        ),
                        name="assessment_sent_back_with_words",
                    ),
                ],
            },
        ),
        *schema.append_only("cases_assessmentreading"),
    ]
