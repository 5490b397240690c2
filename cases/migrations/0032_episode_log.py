"""Keep what is added to an episode while it runs: updates, calls and grades, none of it rewritten."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0031_shifts_handed_over"),
    ]

    operations = [
        migrations.CreateModel(
            name="EpisodeCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "direction",
                    models.CharField(choices=[("out", "We rang them"), ("in", "They rang us")], max_length=3),
                ),
                ("party", models.CharField(max_length=150)),
                ("number", models.CharField(blank=True, max_length=30)),
                ("rung_at", models.DateTimeField()),
                ("answered_by", models.CharField(blank=True, max_length=150)),
                ("said", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="cases.missingepisode",
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
                "ordering": ["rung_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rung_at__lte", models.F("recorded_at"))),
                        name="episode_call_not_in_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("party", ""), _negated=True), name="episode_call_names_whom"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EpisodeGrade",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "whose",
                    models.CharField(choices=[("ours", "Ours"), ("police", "The police’s")], max_length=6),
                ),
                ("grade", models.CharField(max_length=8)),
                ("before", models.CharField(blank=True, max_length=8)),
                ("reason", models.TextField()),
                ("asked_for_high", models.BooleanField(default=False)),
                ("graded_at", models.DateTimeField()),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grades",
                        to="cases.missingepisode",
                    ),
                ),
                (
                    "graded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seconded_by",
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
                "ordering": ["graded_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="episode_grade_says_why"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EpisodeUpdate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[("council", "Council"), ("home", "Home"), ("guardian", "Guardian")],
                        max_length=8,
                    ),
                ),
                ("text", models.TextField()),
                ("written_at", models.DateTimeField()),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="updates",
                        to="cases.missingepisode",
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="episode_update_says_something"
                    )
                ],
            },
        ),
        *schema.append_only("cases_episodeupdate", "cases_episodecall", "cases_episodegrade"),
    ]
