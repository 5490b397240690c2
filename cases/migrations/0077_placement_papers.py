"""Keep how a child whose age is disputed sleeps, and who approved a distant placement; nobody changes a line of either."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0076_supervisors_of_guardians"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlacementApproval",
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
                            ("approved", "Approved as a distant placement"),
                            ("adjoins", "Not distant: the two areas adjoin"),
                        ],
                        max_length=8,
                    ),
                ),
                ("approved_by", models.CharField(max_length=150)),
                ("approved_date", models.DateField()),
                ("reason", models.CharField(max_length=500)),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placement_approvals",
                        to="cases.child",
                    ),
                ),
                (
                    "placement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approval",
                        to="cases.placement",
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["approved", "adjoins"]),
                            models.Q(("approved_by", ""), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                        ),
                        name="placement_approval_says_who_and_why",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoomReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("own_room", models.BooleanField()),
                ("note", models.CharField(blank=True, max_length=500)),
                ("review_by", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="room_reviews",
                        to="cases.child",
                    ),
                ),
                (
                    "placement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="room_reviews",
                        to="cases.placement",
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
                "ordering": ["-recorded_at", "-pk"],
                "indexes": [models.Index(fields=["placement", "-id"], name="room_review_by_placement")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("own_room", True), models.Q(("note", ""), _negated=True), _connector="OR"
                        ),
                        name="room_shared_says_why",
                    )
                ],
            },
        ),
        *schema.append_only("cases_roomreview", "cases_placementapproval"),
    ]
