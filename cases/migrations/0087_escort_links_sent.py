"""Let a link of an escort be carried by a message, each try of which has a token of its own."""

import uuid

import django.contrib.postgres.constraints
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0086_heads_of_guardian_services"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="escortlink",
            name="escort_link_one_each",
        ),
        migrations.AddField(
            model_name="escortlink",
            name="key",
            field=models.UUIDField(default=uuid.uuid4, editable=False),
        ),
        migrations.AddIndex(
            model_name="escortlink",
            index=models.Index(fields=["key"], name="escort_link_by_key"),
        ),
        migrations.AddConstraint(
            model_name="escortlink",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("revoked_at", None)),
                expressions=[("journey", "="), ("number", "="), ("key", "<>")],
                name="escort_link_one_each",
            ),
        ),
    ]
