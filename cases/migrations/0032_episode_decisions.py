"""What is decided in a search and what was found out have a record each, of which nothing is rewritten."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0031_approvals_in_steps"),
    ]

    operations = [
        migrations.CreateModel(
            name="EpisodeDecision",
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
                            ("ukmpu", "UK Missing Persons Unit"),
                            ("missing_people", "Missing People (116 000)"),
                            ("publicity", "Publicity"),
                            ("rescue_alert", "Child Rescue Alert"),
                            ("home_office", "The Home Office"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("told", "Told"),
                            ("not_told", "Not told"),
                            ("offered", "Offered, no answer yet"),
                            ("referred", "Referred"),
                            ("asked", "Asked of the police, not decided yet"),
                            ("yes", "Yes"),
                            ("no", "No"),
                            ("refused", "The police said no"),
                            ("issued", "Issued"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.CharField(max_length=150)),
                ("spoken_to", models.CharField(blank=True, max_length=150)),
                ("reference", models.CharField(blank=True, max_length=60)),
                ("consent", models.CharField(blank=True, max_length=300)),
                ("risk", models.CharField(blank=True, max_length=500)),
                ("reason", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
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
                "ordering": ["decided_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_by", ""), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                        ),
                        name="episode_decision_says_who_and_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decided_at__lte", models.F("recorded_at"))),
                        name="episode_decision_not_in_the_future",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EpisodeFinding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("police", "Police"),
                            ("ukmpu", "UK Missing Persons Unit"),
                            ("missing_people", "Missing People"),
                            ("authority", "Another council"),
                            ("abroad", "Authorities of another country"),
                            ("other", "Somebody else"),
                        ],
                        max_length=14,
                    ),
                ),
                ("told_by", models.CharField(max_length=150)),
                ("heard_at", models.DateTimeField()),
                ("text", models.TextField()),
                ("is_intelligence", models.BooleanField(default=False)),
                ("recorded_at", models.DateTimeField()),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
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
                "ordering": ["heard_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("told_by", ""), _negated=True), models.Q(("text", ""), _negated=True)
                        ),
                        name="episode_finding_says_who_and_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("heard_at__lte", models.F("recorded_at"))),
                        name="episode_finding_not_in_the_future",
                    ),
                ],
            },
        ),
        *schema.append_only("cases_episodedecision", "cases_episodefinding"),
    ]
