"""Children who went missing together: one incident, and a row for the episode of each."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


def _key() -> models.BigAutoField:  # type: ignore[type-arg]
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def _to(target: str, related_name: str = "+", **options: bool) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=target, **options
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0033_compact_number"),
    ]

    operations = [
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", _key()),
                ("began_at", models.DateTimeField()),
                ("merged_into", _to("cases.incident", "merged", blank=True, null=True)),
                ("recorded_by", _to(settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["began_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into", None),
                            models.Q(("merged_into", models.F("pk")), _negated=True),
                            _connector="OR",
                        ),
                        name="incident_is_not_its_own",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IncidentEpisode",
            fields=[
                ("id", _key()),
                ("recorded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=500)),
                ("child", _to("cases.child")),
                ("episode", _to("cases.missingepisode", "incidents")),
                ("incident", _to("cases.incident", "episodes")),
                ("recorded_by", _to(settings.AUTH_USER_MODEL)),
                ("withdrawn_by", _to(settings.AUTH_USER_MODEL, blank=True, null=True)),
            ],
            options={
                "ordering": ["recorded_at", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=["incident"],
                        name="incident_standing",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("episode",),
                        name="incident_of_an_episode_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_reason", "")
                            ),
                            models.Q(
                                ("withdrawn_at__gte", models.F("recorded_at")),
                                ("withdrawn_by__isnull", False),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="incident_left_by_somebody",
                    ),
                ],
            },
        ),
        schema.changes_only(
            cases_incident="merged_into_id",
            cases_incidentepisode="withdrawn_at, withdrawn_by_id, withdrawn_reason",
        ),
        *schema.history("cases_incident"),
        *schema.history("cases_incidentepisode", of="child_id"),
    ]
