"""That something was recorded by mistake, and why: what it answered is owed again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0049_found_additions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mistake",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="mistakes", to="cases.child"
                    ),
                ),
                (
                    "held",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mistake",
                        to="cases.heldpaper",
                    ),
                ),
                (
                    "meeting",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mistake",
                        to="cases.meeting",
                    ),
                ),
                (
                    "notice",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mistake",
                        to="cases.hostnotice",
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
                (
                    "review",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mistake",
                        to="cases.findmereview",
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("held__isnull", False),
                                ("meeting__isnull", True),
                                ("notice__isnull", True),
                                ("review__isnull", True),
                            ),
                            models.Q(
                                ("held__isnull", True),
                                ("meeting__isnull", True),
                                ("notice__isnull", False),
                                ("review__isnull", True),
                            ),
                            models.Q(
                                ("held__isnull", True),
                                ("meeting__isnull", True),
                                ("notice__isnull", True),
                                ("review__isnull", False),
                            ),
                            models.Q(
                                ("held__isnull", True),
                                ("meeting__isnull", False),
                                ("notice__isnull", True),
                                ("review__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="mistake_is_of_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="mistake_says_why"
                    ),
                ],
            },
        ),
        *schema.append_only("cases_mistake"),
    ]
