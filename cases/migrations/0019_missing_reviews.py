"""Keep the reviews of missing episodes: written once, never changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_configuration_ends")]

    operations = [
        migrations.CreateModel(
            name="MissingReview",
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
                            ("multi_agency", "Multi-agency review"),
                            ("day_28", "Formal review on day 28"),
                            ("month_3", "Review at 3 months"),
                            ("month_6", "Review at 6 months"),
                            ("yearly", "Yearly review"),
                        ],
                        max_length=12,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("held_at", models.DateTimeField()),
                ("chair", models.CharField(max_length=150)),
                ("note", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
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
                "ordering": ["due_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("episode", "due_at"), name="review_held_once"),
                    models.CheckConstraint(
                        condition=models.Q(("held_at__lte", models.F("recorded_at"))),
                        name="review_not_in_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("chair", ""), _negated=True), models.Q(("note", ""), _negated=True)
                        ),
                        name="review_says_who_and_what",
                    ),
                ],
            },
        ),
        *schema.append_only("cases_missingreview"),
    ]
