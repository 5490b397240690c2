"""Keep which files are held with a record; the application changes nothing of a row but that it was withdrawn."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0087_escort_links_sent"),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.CharField(editable=False, max_length=32, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("identity", "Identity or age"),
                            ("immigration", "Home Office or immigration"),
                            ("court", "Court or solicitor"),
                            ("health", "Health"),
                            ("education", "Education"),
                            ("placement", "Placement"),
                            ("police", "Police"),
                            ("other", "Something else"),
                        ],
                        max_length=11,
                    ),
                ),
                ("title", models.CharField(max_length=150)),
                ("dated", models.DateField(blank=True, null=True)),
                ("received_from", models.CharField(max_length=150)),
                (
                    "media_type",
                    models.CharField(
                        choices=[("application/pdf", "PDF"), ("image/jpeg", "JPG")], max_length=15
                    ),
                ),
                ("size", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("kept_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200)),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="cases.child",
                    ),
                ),
                (
                    "kept_by",
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
                "ordering": ["child", "-kept_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True),
                            models.Q(("received_from", ""), _negated=True),
                        ),
                        name="document_says_what",
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
                        name="document_withdrawn_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("token__regex", "^[0-9a-f]{32}$")), name="document_name_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("media_type__in", ["application/pdf", "image/jpeg"])),
                        name="document_media_type_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("child", "digest"),
                        name="document_held_once",
                    ),
                ],
            },
        ),
        schema.for_application(
            "REVOKE UPDATE, DELETE, TRUNCATE ON cases_document FROM {role}",
            "GRANT UPDATE (withdrawn_at, withdrawn_by_id, withdrawn_reason) ON cases_document TO {role}",
        ),
        *schema.history("cases_document", of="child_id"),
    ]
