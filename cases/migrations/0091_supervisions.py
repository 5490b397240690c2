"""What is said in supervision of a social worker; the application changes nothing of a row but that it was withdrawn."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

WITHDRAWN = "withdrawn_at, withdrawn_by_id, withdrawn_reason"


def withdrawn_whole(name):
    return models.CheckConstraint(
        condition=models.Q(
            models.Q(("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_reason", "")),
            models.Q(
                ("withdrawn_at__isnull", False),
                ("withdrawn_by__isnull", False),
                models.Q(("withdrawn_reason", ""), _negated=True),
            ),
            _connector="OR",
        ),
        name=name,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0090_documents_destroyed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Supervision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("held_at", models.DateTimeField()),
                ("own", models.TextField(blank=True)),
                ("next_date", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                (
                    "held_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supervisions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-held_at", "-pk"],
                "indexes": [models.Index(fields=["worker", "-held_at"], name="supervision_by_worker")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("worker", models.F("held_by")), _negated=True),
                        name="supervision_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held_at__lte", models.F("recorded_at"))),
                        name="supervision_not_in_the_future",
                    ),
                    withdrawn_whole("supervision_withdrawn_with_reason"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Discussion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("discussed", models.TextField()),
                ("direction", models.TextField(blank=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="discussions",
                        to="cases.child",
                    ),
                ),
                (
                    "supervision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="discussions",
                        to="cases.supervision",
                    ),
                ),
                (
                    "withdrawn_by",
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
                "ordering": ["-supervision__held_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("supervision", "child"), name="discussion_of_a_child_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discussed", ""), _negated=True),
                        name="discussion_says_something",
                    ),
                    withdrawn_whole("discussion_withdrawn_with_reason"),
                ],
            },
        ),
        migrations.AddField(
            model_name="planaction",
            name="discussion",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="cases.discussion",
            ),
        ),
        schema.for_application(
            *(
                statement
                for table in ("cases_supervision", "cases_discussion")
                for statement in (
                    f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}",
                    f"GRANT UPDATE ({WITHDRAWN}) ON {table} TO {{role}}",
                )
            )
        ),
        *schema.history("cases_supervision"),
        *schema.history("cases_discussion", of="child_id"),
    ]
