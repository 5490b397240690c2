"""Mark what came back after a server had accepted it, and what a later server holds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0014_replies")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="bounced_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="delayed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("bounced_at", None), ("status", "failed"), _connector="OR"),
                name="message_bounced_has_failed",
            ),
        ),
    ]
