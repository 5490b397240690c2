"""What is said of a child in the supervision of its guardian: added and read, and changed by nobody."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0016_supervision"),
        ("guardians", "0002_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GuardianSupervision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("held_at", models.DateTimeField()),
                ("next_date", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "guardian",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardian_supervisions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supervisions",
                        to="cases.guardianservice",
                    ),
                ),
            ],
            options={
                "ordering": ["-held_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="GuardianDiscussion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("discussed", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardian_discussions",
                        to="cases.child",
                    ),
                ),
                (
                    "supervision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="discussions",
                        to="guardians.guardiansupervision",
                    ),
                ),
            ],
            options={
                "ordering": ["-supervision__held_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="GuardianDiscussionWithdrawal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("recorded_at", models.DateTimeField()),
                (
                    "discussion",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="guardians.guardiandiscussion",
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
                        condition=models.Q(("reason", ""), _negated=True),
                        name="guardian_discussion_withdrawn_with_reason",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="guardiansupervision",
            index=models.Index(fields=["guardian", "-held_at"], name="supervision_by_guardian"),
        ),
        migrations.AddConstraint(
            model_name="guardiansupervision",
            constraint=models.CheckConstraint(
                condition=models.Q(("guardian", models.F("held_by")), _negated=True),
                name="guardian_supervision_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardiansupervision",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_at__lte", models.F("recorded_at"))),
                name="guardian_supervision_not_ahead",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardiandiscussion",
            constraint=models.UniqueConstraint(
                fields=("supervision", "child"), name="guardian_discussion_of_a_child_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="guardiandiscussion",
            constraint=models.CheckConstraint(
                condition=models.Q(("discussed", ""), _negated=True),
                name="guardian_discussion_says_something",
            ),
        ),
        *schema.append_only(
            "guardians_guardiansupervision",
            "guardians_guardiandiscussion",
            "guardians_guardiandiscussionwithdrawal",
        ),
    ]
