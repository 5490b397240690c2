"""Visits by the social worker, and the word that the authority of the area was told; nobody changes a line of either."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0068_health_and_police_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="HostNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("told_at", models.DateTimeField()),
                ("told_whom", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="host_notices",
                        to="cases.child",
                    ),
                ),
                (
                    "placement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="host_notice",
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
                        condition=models.Q(("told_at__lte", models.F("recorded_at"))),
                        name="host_notice_not_in_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("told_whom", ""), _negated=True), name="host_notice_says_whom"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("visited_at", models.DateTimeField()),
                ("seen", models.BooleanField()),
                ("seen_alone", models.BooleanField(blank=True, null=True)),
                ("place", models.CharField(max_length=200)),
                ("note", models.TextField(blank=True)),
                ("lasting", models.BooleanField(default=False)),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="visits", to="cases.child"
                    ),
                ),
                (
                    "contact",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visit",
                        to="cases.contact",
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
                "ordering": ["-visited_at", "-pk"],
                "indexes": [models.Index(fields=["child", "-visited_at"], name="visit_by_child")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("visited_at__lte", models.F("recorded_at"))),
                        name="visit_not_in_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("contact__isnull", False), ("seen", True), ("seen_alone__isnull", False)
                            ),
                            models.Q(
                                ("contact", None),
                                ("seen", False),
                                ("seen_alone", None),
                                models.Q(("note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="visit_seen_is_a_contact",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("place", ""), _negated=True), name="visit_says_where"
                    ),
                ],
            },
        ),
        schema.for_application(
            *(
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}"
                for table in ("cases_visit", "cases_hostnotice")
            )
        ),
    ]
