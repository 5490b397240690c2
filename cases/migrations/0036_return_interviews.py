"""Keep return interviews in versions, and their drafts."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0035_endings"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReturnInterview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveSmallIntegerField()),
                ("offered_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("waiting", "Not held yet"),
                            ("held", "The child talked with the interviewer"),
                            ("did_not_want", "The child did not want to talk"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("carer_information", models.TextField(blank=True)),
                ("interviewer", models.CharField(blank=True, max_length=150)),
                (
                    "independence",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "independent",
                                "Independent of the carer, the home and the child’s social work team",
                            ),
                            ("child_prefers", "Not independent: the child asked for this person"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "interpreter",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not_needed", "Not needed"),
                            ("present", "An interpreter was there, or on the phone"),
                            ("missing", "Needed, and nobody was there"),
                        ],
                        max_length=10,
                    ),
                ),
                ("interpreter_name", models.CharField(blank=True, max_length=150)),
                ("held_at", models.DateTimeField(blank=True, null=True)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("before", models.TextField(blank=True)),
                ("during", models.TextField(blank=True)),
                ("after", models.TextField(blank=True)),
                ("why_left", models.TextField(blank=True)),
                ("what_drew", models.TextField(blank=True)),
                ("with_whom", models.TextField(blank=True)),
                ("harm", models.TextField(blank=True)),
                ("crimes", models.TextField(blank=True)),
                ("would_help", models.TextField(blank=True)),
                ("intelligence", models.TextField(blank=True)),
                ("actions", models.TextField(blank=True)),
                (
                    "sharing",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("yes", "Yes"),
                            ("part", "Some of it"),
                            ("no", "No"),
                            ("not_asked", "Not asked"),
                        ],
                        max_length=9,
                    ),
                ),
                ("review_date", models.DateField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["episode", "version"],
            },
        ),
        migrations.AlterField(
            model_name="draft",
            name="form",
            field=models.CharField(
                choices=[
                    ("note", "Case note"),
                    ("missing-report", "Missing report"),
                    ("missing-report-risk", "Missing report, what the police ask"),
                    ("return-interview", "Return interview"),
                    ("registration", "Registration"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="returninterview",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="return_interviews",
                to="cases.missingepisode",
            ),
        ),
        migrations.AddField(
            model_name="returninterview",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="returninterview",
            constraint=models.UniqueConstraint(
                fields=("episode", "version"), name="return_interview_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="returninterview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("offered_at__lte", models.F("recorded_at")),
                    models.Q(("held_at", None), ("held_at__lte", models.F("recorded_at")), _connector="OR"),
                ),
                name="return_interview_not_in_the_future",
            ),
        ),
        migrations.AddConstraint(
            model_name="returninterview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "held"), _negated=True),
                    models.Q(
                        ("held_at__isnull", False),
                        models.Q(("interviewer", ""), _negated=True),
                        models.Q(("independence", ""), _negated=True),
                        models.Q(("interpreter", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="return_interview_held_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="returninterview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "did_not_want"), _negated=True),
                    models.Q(models.Q(("reason", ""), _negated=True), ("held_at", None)),
                    _connector="OR",
                ),
                name="return_interview_not_wanted_says_why",
            ),
        ),
        *schema.append_only("cases_returninterview"),
    ]
