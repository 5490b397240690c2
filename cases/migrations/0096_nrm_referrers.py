"""An administrator ends an organisation that may refer to the NRM, and names who of their council does it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from cases import schema


def _person(**options: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0095_reviewing_officers"),
    ]

    operations = [
        migrations.AddField("firstresponder", "ended_date", models.DateField(blank=True, null=True)),
        migrations.CreateModel(
            name="NrmReferrer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nrm_referrers",
                        to="cases.authority",
                    ),
                ),
                ("person", _person()),
                ("recorded_by", _person()),
                ("ended_by", _person(blank=True, null=True)),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(ends_at=None),
                        fields=("authority", "person"),
                        name="nrm_referrer_named_once",
                    ),
                    models.CheckConstraint(
                        condition=Q(ends_at=None, ended_by=None)
                        | Q(ends_at__gte=models.F("starts_at"), ended_by__isnull=False),
                        name="nrm_referrer_ended_by_somebody",
                    ),
                ],
            },
        ),
        *schema.ends_only(cases_nrmreferrer="ends_at, ended_by_id"),
        *schema.history("cases_nrmreferrer"),
    ]
