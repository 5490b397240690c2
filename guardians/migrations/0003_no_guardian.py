"""Keep why a child has no guardian, who stands in, and when that is looked at again."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0027_missing_reports"),
        ("guardians", "0002_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NoGuardian",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("referred", "Referred, waiting for a guardian"),
                            ("not_available_in_area", "No guardian service in this area"),
                            ("declined", "The child does not want a guardian"),
                            ("not_eligible", "The service says that the child is not eligible"),
                        ],
                        max_length=21,
                    ),
                ),
                ("reason", models.TextField()),
                (
                    "fallback_kind",
                    models.CharField(
                        blank=True,
                        choices=[("advocate", "Advocate"), ("independent_visitor", "Independent visitor")],
                        max_length=19,
                    ),
                ),
                ("fallback_name", models.CharField(blank=True, max_length=150)),
                ("fallback_phone", models.CharField(blank=True, max_length=20)),
                ("fallback_organisation", models.CharField(blank=True, max_length=160)),
                ("review_date", models.DateField(blank=True, null=True)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="without_guardian",
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
                "ordering": ["-starts_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                        ),
                        name="no_guardian_ends_after_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("child", "="),
                            (
                                models.Func(
                                    models.F("starts_at"),
                                    models.F("ends_at"),
                                    django.contrib.postgres.fields.ranges.RangeBoundary(),
                                    function="TSTZRANGE",
                                    output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="no_guardian_reasons_do_not_overlap",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="no_guardian_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("fallback_kind", ""),
                                ("fallback_name", ""),
                                ("fallback_organisation", ""),
                                ("fallback_phone", ""),
                                ("review_date", None),
                            ),
                            models.Q(
                                models.Q(("fallback_kind", ""), _negated=True),
                                models.Q(("fallback_name", ""), _negated=True),
                                models.Q(("fallback_phone", ""), _negated=True),
                                models.Q(("fallback_organisation", ""), _negated=True),
                                ("review_date__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="fallback_is_named_whole",
                    ),
                ],
            },
        ),
        *schema.ends_only(guardians_noguardian="ends_at"),
    ]
