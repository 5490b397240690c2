"""For how long mail to somebody came back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases import schema


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0098_first_responder_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="MailRefusal",
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mail_refusals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["starts_at", "pk"]},
        ),
        migrations.AddConstraint(
            model_name="mailrefusal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                ),
                name="mail_refusal_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailrefusal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_at", None)), fields=("user",), name="mail_refusal_once_at_a_time"
            ),
        ),
        *schema.ends_only(cases_mailrefusal="ends_at"),
        *schema.history("cases_mailrefusal"),
    ]
