"""Keep the duty steps of a missing episode, each with a clock of its own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0017_outages"),
        ("cases", "0025_notes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DutyStep",
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
                            (
                                "keep_evidence",
                                "Leave the room, keep CCTV and door log, note if the phone still rings",
                            ),
                            ("police_reference", "Record police reference and police grade"),
                            ("publicity", "Ask the police for publicity and a Child Rescue Alert"),
                            ("strategy_by_phone", "Hold a strategy discussion by phone"),
                            ("nrm_referral", "Refer to the National Referral Mechanism"),
                            ("home_office", "Decide whether the Home Office is told"),
                            ("strategy", "Hold or book the strategy discussion"),
                            ("briefing", "Brief senior managers"),
                            ("missing_people", "Refer to Missing People (116 000), decide on publicity"),
                            ("ukmpu", "Have the police confirm that the UK Missing Persons Unit knows"),
                            (
                                "nrm_considered",
                                "Make or consider the referral to the National Referral Mechanism",
                            ),
                            ("director_briefing", "Brief the director"),
                        ],
                        max_length=20,
                    ),
                ),
                ("policy_version", models.PositiveIntegerField()),
                ("planned_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("steps", models.JSONField(blank=True, default=dict)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "Done"),
                            ("booked", "Booked"),
                            ("not_needed", "Considered, and decided against"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["due_at", "pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="clock",
            name="clock_once",
        ),
        migrations.RemoveConstraint(
            model_name="clock",
            name="clock_of_an_episode_has_one",
        ),
        migrations.AddField(
            model_name="clock",
            name="duty",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AlterField(
            model_name="clock",
            name="kind",
            field=models.CharField(
                choices=[
                    ("contact", "Contact"),
                    ("second_eyes", "Second pair of eyes"),
                    ("call", "Police call"),
                    ("away", "Away reported"),
                    ("seen", "Reported seen"),
                    ("not_here", "Not here"),
                    ("duty", "Duty step"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.UniqueConstraint(
                fields=("child", "kind", "episode", "duty"), name="clock_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("episode__isnull", False), ("kind__in", ("call", "away", "seen", "not_here", "duty"))
                    ),
                    models.Q(("episode", None), ("kind__in", ("contact", "second_eyes"))),
                    _connector="OR",
                ),
                name="clock_of_an_episode_has_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "duty"), models.Q(("duty", ""), _negated=True)),
                    models.Q(models.Q(("kind", "duty"), _negated=True), ("duty", "")),
                    _connector="OR",
                ),
                name="clock_of_a_duty_names_it",
            ),
        ),
        migrations.AddField(
            model_name="dutystep",
            name="done_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="dutystep",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="duty_steps",
                to="cases.missingepisode",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutystep",
            constraint=models.UniqueConstraint(fields=("episode", "kind"), name="duty_step_once"),
        ),
        migrations.AddConstraint(
            model_name="dutystep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("done_at", None), ("done_by", None), ("note", "")),
                    models.Q(
                        ("done_at__isnull", False),
                        models.Q(("answer", ""), _negated=True),
                        models.Q(("note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="duty_step_answered_when_done",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutystep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "home_office"), _negated=True),
                    ("done_at", None),
                    ("done_by__isnull", False),
                    _connector="OR",
                ),
                name="duty_step_home_office_is_decided",
            ),
        ),
        schema.kept("alerts_dutystep"),
    ]
