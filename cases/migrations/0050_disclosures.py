"""Keep what was told about a child to somebody outside, and what was refused; nobody changes a line of it."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0049_auditor_and_dpo"),
    ]

    operations = [
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "outcome",
                    models.CharField(choices=[("shared", "Shared"), ("refused", "Refused")], max_length=8),
                ),
                ("body", models.CharField(max_length=120)),
                ("person", models.CharField(max_length=120)),
                ("what", models.TextField()),
                ("reason", models.TextField()),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("safeguarding", "Our public task: safeguarding a child"),
                            ("duty", "A legal duty, such as the order of a court"),
                            ("vital", "To protect somebody’s life"),
                            ("crime", "To prevent or investigate a crime"),
                            ("access", "The right of the child to see their own data"),
                            ("consent", "The child’s consent"),
                            ("none", "None that holds"),
                        ],
                        max_length=12,
                    ),
                ),
                ("happened_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disclosures",
                        to="cases.child",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_at", "-pk"],
                "indexes": [models.Index(fields=["-recorded_at", "-id"], name="disclosure_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="disclosure_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("body", ""), _negated=True),
                            models.Q(("person", ""), _negated=True),
                            models.Q(("what", ""), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                        ),
                        name="disclosure_says_to_whom_what_and_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("outcome", "refused"),
                            models.Q(("basis", "none"), _negated=True),
                            _connector="OR",
                        ),
                        name="disclosure_shared_on_a_basis",
                    ),
                ],
            },
        ),
        *schema.append_only("cases_disclosure"),
    ]
