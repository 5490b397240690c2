"""The police's interview after a search has a record of its own, and the return interview says more."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema

_WRITTEN = """
    id, key, episode_id, version, held_at, officer, force_id, reference, seen_alone, said, harm, referred_to,
    recorded_at, recorded_by_id
"""
_MADE = f"""
CREATE TRIGGER append_only BEFORE DELETE ON cases_preventioninterview
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON cases_preventioninterview
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_as_written BEFORE UPDATE OF {_WRITTEN}
    ON cases_preventioninterview FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_once_withdrawn BEFORE UPDATE ON cases_preventioninterview
    FOR EACH ROW WHEN (OLD.withdrawn_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_as_written_too BEFORE UPDATE OF health_needs, police_date, police_reference
    ON cases_returninterview FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
_UNMADE = """
DROP TRIGGER append_only_as_written_too ON cases_returninterview;
DROP TRIGGER append_only_once_withdrawn ON cases_preventioninterview;
DROP TRIGGER append_only_as_written ON cases_preventioninterview;
DROP TRIGGER append_only_whole ON cases_preventioninterview;
DROP TRIGGER append_only ON cases_preventioninterview
"""


def _person(**options: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0070_addresses_by_area"),
    ]

    operations = [
        migrations.CreateModel(
            name="PreventionInterview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveSmallIntegerField()),
                ("held_at", models.DateTimeField()),
                ("officer", models.CharField(max_length=150)),
                ("reference", models.CharField(blank=True, max_length=60)),
                (
                    "seen_alone",
                    models.CharField(
                        choices=[
                            ("yes", "Yes"),
                            ("no", "No, somebody else was there"),
                            ("not_known", "Not known"),
                        ],
                        max_length=9,
                    ),
                ),
                ("said", models.TextField(blank=True)),
                ("harm", models.TextField(blank=True)),
                ("referred_to", models.CharField(blank=True, max_length=300)),
                ("recorded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prevention_interviews",
                        to="cases.missingepisode",
                    ),
                ),
                (
                    "force",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.policeforce",
                    ),
                ),
                ("recorded_by", _person()),
                ("withdrawn_by", _person(blank=True, null=True)),
            ],
            options={
                "ordering": ["episode", "version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("episode", "version"), name="prevention_interview_version_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held_at__lte", models.F("recorded_at"))),
                        name="prevention_interview_not_in_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("officer", ""), _negated=True),
                            models.Q(("seen_alone", ""), _negated=True),
                        ),
                        name="prevention_interview_held_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_reason", "")
                            ),
                            models.Q(
                                ("withdrawn_at__isnull", False),
                                ("withdrawn_by__isnull", False),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="prevention_interview_withdrawn_with_reason",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "returninterview", "health_needs", models.TextField(blank=True, db_default="", default="")
        ),
        migrations.AddField("returninterview", "police_date", models.DateField(blank=True, null=True)),
        migrations.AddField(
            "returninterview",
            "police_reference",
            models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.RunSQL(_MADE, _UNMADE),
        schema.changes_only(cases_preventioninterview="withdrawn_at, withdrawn_by_id, withdrawn_reason"),
        *schema.history("cases_preventioninterview", of="episode_id"),
    ]
