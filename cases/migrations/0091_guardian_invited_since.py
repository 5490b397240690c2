"""Whether the guardian is invited to a meeting may be said anew after it was booked; each answer stands."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0090_moves_of_the_engine_end"),
    ]

    operations = [
        migrations.CreateModel(
            name="GuardianInvitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("invited", models.BooleanField()),
                ("why", models.CharField(max_length=500)),
                ("recorded_at", models.DateTimeField()),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardian_answers",
                        to="cases.meetingbooking",
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardian_invitations",
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
                "ordering": ["booking", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("booking", "number"), name="guardian_invitation_number_once"
                    ),
                    models.CheckConstraint(condition=~Q(why=""), name="guardian_invitation_says_why"),
                ],
            },
        ),
        *schema.append_only("cases_guardianinvitation"),
    ]
