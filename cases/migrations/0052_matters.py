"""Keep data breaches and complaints, and what was found, decided and done about them; nobody changes a line of it."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0051_row_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="Matter",
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
                        choices=[("breach", "Data breach"), ("complaint", "Complaint")], max_length=9
                    ),
                ),
                ("text", models.TextField()),
                ("since", models.DateTimeField()),
                ("reported_at", models.DateTimeField()),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.authority"
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-reported_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="MatterEntry",
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
                            ("assessed", "Assessed: whom it concerns, and the risk to them"),
                            ("notified", "Told the Information Commissioner"),
                            ("not_notified", "Decided not to tell the Information Commissioner"),
                            ("told_people", "Told the people concerned, or decided not to"),
                            ("acknowledged", "Acknowledged to whoever complained"),
                            ("answered", "Answered"),
                        ],
                        max_length=12,
                    ),
                ),
                ("concerned", models.TextField(blank=True)),
                (
                    "risk",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unlikely", "A risk to them is unlikely"),
                            ("likely", "A risk to them is likely"),
                            ("high", "A high risk to them is likely"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.TextField()),
                ("happened_at", models.DateTimeField()),
                ("written_at", models.DateTimeField()),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="cases.matter"
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["written_at", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="matter_says_what"
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(("since__lte", models.F("reported_at"))),
                name="matter_not_before_it_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="matterentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="matter_entry_says_what"
            ),
        ),
        migrations.AddConstraint(
            model_name="matterentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "assessed"),
                        models.Q(("concerned", ""), _negated=True),
                        models.Q(("risk", ""), _negated=True),
                    ),
                    models.Q(models.Q(("kind", "assessed"), _negated=True), ("concerned", ""), ("risk", "")),
                    _connector="OR",
                ),
                name="matter_entry_assessed_says_whom_and_how",
            ),
        ),
        *schema.append_only("cases_matter", "cases_matterentry"),
    ]
