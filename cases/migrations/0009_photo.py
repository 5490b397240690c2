"""Keep photos: several for a child, each withdrawn with a reason and never removed or changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_child_registration_facts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Photo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.CharField(editable=False, max_length=32, unique=True)),
                ("taken_date", models.DateField()),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("taken", "Taken by us"),
                            ("child", "Given by the child"),
                            ("agency", "From the police, Border Force or the Home Office"),
                            ("document", "From a document"),
                            ("other", "From somebody else"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not recorded"),
                            ("agreed", "The child agreed"),
                            ("safety", "To keep the child safe: they could not be asked, or did not agree"),
                        ],
                        max_length=6,
                    ),
                ),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("uploaded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200)),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="cases.child"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "ordering": ["child", "-taken_date", "-uploaded_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=["child", "-taken_date", "-uploaded_at"],
                        name="photo_newest",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at", None),
                            models.Q(
                                ("withdrawn_by__isnull", False),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="photo_withdrawn_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("token__regex", "^[0-9a-f]{32}$")), name="photo_name_form"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("child", "digest"),
                        name="photo_held_once",
                    ),
                ],
            },
        ),
        schema.kept("cases_photo"),
        schema.for_application(
            "REVOKE UPDATE ON cases_photo FROM {role}",
            "GRANT UPDATE (withdrawn_at, withdrawn_by_id, withdrawn_reason) ON cases_photo TO {role}",
        ),
    ]
