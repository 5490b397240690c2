"""Which force has read what was released to it is kept, of what is released from now on."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


def _to(model: str, **options: str) -> models.ForeignKey:
    return models.ForeignKey(
        to=model, on_delete=django.db.models.deletion.PROTECT, **{"related_name": "+"} | options
    )


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0052_evidence_is_heard_of"),
        ("cases", "0097_link_requests"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="is_followed",
            field=models.BooleanField(db_default=False, default=True),
        ),
        migrations.CreateModel(
            name="ReleaseRead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("read_at", models.DateTimeField()),
                ("release", _to("alerts.release", related_name="reads")),
                ("force", _to("cases.policeforce")),
                ("read_by", _to(settings.AUTH_USER_MODEL)),
            ],
            options={"ordering": ["read_at", "pk"]},
        ),
        migrations.AddConstraint(
            model_name="releaseread",
            constraint=models.UniqueConstraint(fields=["release", "force"], name="release_read_once"),
        ),
        *schema.append_only("alerts_releaseread"),
    ]
