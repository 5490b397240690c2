"""Keep what is sent on a session that has locked, for whoever sent it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0043_return_interviews_withdrawn"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptForm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("page", models.CharField(max_length=500)),
                ("action", models.CharField(max_length=500)),
                ("data", models.JSONField(default=dict)),
                ("has_files", models.BooleanField(default=False)),
                ("kept_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept_forms",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kept_at"], name="kept_form_by_age"),
                    models.Index(fields=["user", "-kept_at"], name="kept_form_by_person"),
                ],
            },
        ),
    ]
