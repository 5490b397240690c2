"""Let two people destroy a wrong passage for good, and nobody anything else: a marker stays, and the record verifies."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0054_no_immigration_body"),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("note", "Note"),
                            ("contact", "Note of a contact"),
                            ("update", "Update of an episode"),
                            ("call", "Call about an episode"),
                        ],
                        max_length=8,
                    ),
                ),
                ("table", models.CharField(max_length=63)),
                ("row", models.BigIntegerField()),
                ("column", models.CharField(max_length=63)),
                ("passage_digest", models.CharField(max_length=64)),
                ("row_before", models.CharField(blank=True, max_length=64)),
                ("row_after", models.CharField(blank=True, max_length=64)),
                ("reason", models.TextField()),
                ("corrected_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="cases.child",
                    ),
                ),
                (
                    "corrected_by",
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
                "ordering": ["corrected_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("table", "row", "column"), name="correction_once"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="correction_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("corrected_by", models.F("seconded_by")), _negated=True),
                        name="correction_by_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("column", "text"), ("table", "cases_note"), ("what", "note")),
                            models.Q(("column", "note"), ("table", "cases_contact"), ("what", "contact")),
                            models.Q(
                                ("column", "text"), ("table", "cases_episodeupdate"), ("what", "update")
                            ),
                            models.Q(("column", "said"), ("table", "cases_episodecall"), ("what", "call")),
                            _connector="OR",
                        ),
                        name="correction_of_a_passage",
                    ),
                ],
            },
        ),
        *schema.append_only("cases_correction"),
        schema.CORRECTIONS,
        schema.for_application("GRANT EXECUTE ON FUNCTION destroy_passage(bigint) TO {role}"),
        schema.lets("refuse_all_but_correction('text')", "cases_episodeupdate"),
        schema.lets("refuse_all_but_correction('said')", "cases_episodecall"),
        schema.lets("refuse_all_but_destroyed()", "cases_rowchange"),
    ]
