"""Keep what a guardian holds against the council: a concern, what was promised, and its end; nobody edits either."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0081_nrm"),
        ("guardians", "0006_another_person"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CouncilConcern",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("words", models.TextField()),
                ("shared", models.BooleanField()),
                ("promised_by", models.CharField(blank=True, max_length=150)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="council_concerns",
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
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="council_concerns",
                        to="cases.guardianservice",
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="CouncilConcernEnding",
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
                            ("answered", "Closed"),
                            ("left", "The service no longer watches over the child"),
                        ],
                        max_length=8,
                    ),
                ),
                ("words", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "concern",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ending",
                        to="guardians.councilconcern",
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
        ),
        migrations.AddConstraint(
            model_name="councilconcern",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="council_concern_says_what"
            ),
        ),
        migrations.AddConstraint(
            model_name="councilconcern",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at", None), ("promised_by", "")),
                    models.Q(("due_at__isnull", False), models.Q(("promised_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="council_promise_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="councilconcernending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "left"), ("words", "")),
                    models.Q(("words", ""), _negated=True),
                    _connector="OR",
                ),
                name="council_concern_answered_in_words",
            ),
        ),
        *schema.append_only("guardians_councilconcern", "guardians_councilconcernending"),
    ]
