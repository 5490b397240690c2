"""Photos of found children whom nobody has named."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0065_bed_kept"),
    ]

    operations = [
        migrations.CreateModel(
            name="FoundPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.CharField(editable=False, max_length=32, unique=True)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("uploaded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200)),
                (
                    "found",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="cases.foundchild",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
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
                "ordering": ["found", "-uploaded_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        name="found_photo_withdrawn_with_reason",
                        condition=models.Q(("withdrawn_at", None))
                        | (
                            models.Q(("withdrawn_by__isnull", False))
                            & models.Q(("withdrawn_reason", ""), _negated=True)
                        ),
                    ),
                    models.CheckConstraint(
                        name="found_photo_name_form",
                        condition=models.Q(("token__regex", "^[0-9a-f]{32}$")),
                    ),
                    models.UniqueConstraint(
                        fields=["found", "digest"],
                        name="found_photo_held_once",
                        condition=models.Q(("withdrawn_at", None)),
                    ),
                ],
            },
        ),
        schema.changes_only(cases_foundphoto="withdrawn_at, withdrawn_by_id, withdrawn_reason"),
        *schema.history("cases_foundphoto"),
    ]
