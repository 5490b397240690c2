"""Keep what is written of an ending, and let duty find that nothing but the record was late."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0034_name_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="EpisodeEnding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("recording_late", "Was not missing, recording was late"),
                            ("returned", "Returned"),
                            ("safe_elsewhere", "Safe elsewhere"),
                            ("still_at_risk", "Found, still at risk"),
                            ("hospital", "In hospital"),
                            ("arrested", "Arrested"),
                            ("treated_as_adult", "Detained or housed as an adult"),
                            ("with_family", "With family"),
                            ("abroad", "Abroad"),
                            ("died", "Died"),
                        ],
                        max_length=16,
                    ),
                ),
                ("found_by", models.CharField(blank=True, max_length=150)),
                ("found_place", models.CharField(blank=True, max_length=200)),
                ("where_now", models.CharField(blank=True, max_length=200)),
                (
                    "condition",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("well", "Well, as far as anybody can see"),
                            ("unwell", "Hurt, ill or in distress"),
                            ("not_known", "Not known"),
                        ],
                        max_length=9,
                    ),
                ),
                ("with_child", models.CharField(blank=True, max_length=150)),
                ("checked_by", models.CharField(blank=True, max_length=150)),
                ("decided_by", models.CharField(blank=True, max_length=150)),
                ("interview_offered", models.BooleanField(default=False)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["recorded_at", "pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="missingepisode",
            name="episode_recording_late_never_owed_police",
        ),
        migrations.AddConstraint(
            model_name="missingepisode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "recording_late"), _negated=True),
                    ("police_owed_at", None),
                    models.Q(("ended_by__isnull", False), ("not_here_at", None), ("started_by", "silence")),
                    _connector="OR",
                ),
                name="episode_recording_late_began_by_silence",
            ),
        ),
        migrations.AddField(
            model_name="episodeending",
            name="episode",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="ending", to="cases.missingepisode"
            ),
        ),
        migrations.AddField(
            model_name="episodeending",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="episodeending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "hospital"), _negated=True),
                    models.Q(("with_child", ""), _negated=True),
                    _connector="OR",
                ),
                name="ending_in_hospital_says_who_is_there",
            ),
        ),
        migrations.AddConstraint(
            model_name="episodeending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "with_family"), _negated=True),
                    models.Q(("checked_by", ""), _negated=True),
                    _connector="OR",
                ),
                name="ending_with_family_says_who_checked",
            ),
        ),
        migrations.AddConstraint(
            model_name="episodeending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "treated_as_adult"), _negated=True),
                    models.Q(("decided_by", ""), _negated=True),
                    _connector="OR",
                ),
                name="ending_as_adult_says_who_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="episodeending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "recording_late"), _negated=True),
                    models.Q(("found_by", ""), _negated=True),
                    _connector="OR",
                ),
                name="ending_as_late_record_says_who_saw",
            ),
        ),
        *schema.append_only("cases_episodeending"),
    ]
