"""Where a child is to live, and what was said to it, can be recorded before the child is there."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0071_prevention_interviews"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlannedPlacement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("planned_date", models.DateField()),
                ("reason", models.CharField(max_length=500)),
                ("recorded_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_why", models.CharField(blank=True, max_length=500)),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.authority"
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planned_placements",
                        to="cases.child",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "home",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.home",
                    ),
                ),
                (
                    "placement",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planned",
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
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="PlannedStep",
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
                            ("told", "The authority of the area was told of the planned placement"),
                            ("asked", "Planned distant placement: the director is asked"),
                            ("approved", "Planned distant placement approved"),
                            ("refused", "Planned distant placement refused: another is to be found"),
                            ("adjoins", "Planned placement not distant: the two areas adjoin"),
                        ],
                        max_length=8,
                    ),
                ),
                ("who", models.CharField(max_length=200)),
                ("said_at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("host_whom", models.CharField(blank=True, max_length=200)),
                ("host_asked_date", models.DateField(blank=True, null=True)),
                ("host_said", models.CharField(blank=True, max_length=500)),
                ("recorded_at", models.DateTimeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planned_steps",
                        to="cases.child",
                    ),
                ),
                (
                    "planned",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="cases.plannedplacement",
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
                "ordering": ["-pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="plannedplacement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), ("placement", None)),
                fields=("child",),
                name="one_placement_planned_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedplacement",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="planned_placement_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedplacement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None), ("ended_why", "")),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        ("placement", None),
                        models.Q(("ended_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="planned_placement_ended_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedstep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "told")), fields=("planned",), name="planned_told_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("who", ""), _negated=True),
                    models.Q(("kind", "told"), models.Q(("reason", ""), _negated=True), _connector="OR"),
                ),
                name="planned_step_says_who_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "asked"), _negated=True),
                    models.Q(
                        models.Q(("host_whom", ""), _negated=True),
                        models.Q(("host_said", ""), _negated=True),
                        ("host_asked_date__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="planned_step_asked_of_the_area",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("said_at__lte", models.F("recorded_at"))),
                name="planned_step_not_in_the_future",
            ),
        ),
        schema.changes_only(cases_plannedplacement="placement_id, ended_at, ended_by_id, ended_why"),
        *schema.history("cases_plannedplacement", of="child_id"),
        *schema.append_only("cases_plannedstep"),
    ]
