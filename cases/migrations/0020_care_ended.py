"""When a child is looked after no longer: written by two people, ended once, kept for good."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0019_nobody_gives_themselves_a_role"),
    ]

    operations = [
        migrations.CreateModel(
            name="CareEnd",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("E4A", "Returned to somebody with parental responsibility, as planned"),
                            ("E4B", "Returned to somebody with parental responsibility, not planned"),
                            ("E16", "Located abroad, or moved there"),
                            ("E3", "Taken over by another authority in the United Kingdom"),
                            ("E15", "Assessed as 18 or over"),
                            ("E13", "Went to live with somebody without parental responsibility"),
                            ("E5", "Independent living, with formal support"),
                            ("E6", "Independent living, without formal support"),
                            ("E9", "Sentenced to custody"),
                            ("E17", "18 or over, and stays with the same carers"),
                            ("E8", "Another reason, or turned 18 while missing"),
                            ("E2", "Died"),
                        ],
                        max_length=3,
                    ),
                ),
                ("ended_date", models.DateField()),
                ("reason", models.TextField()),
                ("starts_at", models.DateTimeField()),
                ("back_at", models.DateTimeField(blank=True, null=True)),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                ("again_reason", models.TextField(blank=True)),
                (
                    "again_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="care_ends",
                        to="cases.child",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seconded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("back_at__isnull", False), ("ends_at", None)),
                        fields=["back_at"],
                        name="care_comes_back",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends_at", None)), fields=("child",), name="care_ended_once"
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
                        name="care_ends_do_not_overlap",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                        ),
                        name="care_end_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("back_at", None), ("back_at__gt", models.F("starts_at")), _connector="OR"
                        ),
                        name="care_end_is_back_after_its_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_by", models.F("seconded_by")), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                        ),
                        name="care_ended_by_two_people",
                    ),
                ],
            },
        ),
        *schema.ends_only(cases_careend="ends_at, again_by_id, again_reason"),
        *schema.history("cases_careend", of="child_id"),
    ]
