"""Whether any message went on a channel since another waits, for every page to ask."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0063_what_the_models_say")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("status", "sent")), fields=["channel", "sent_at"], name="message_went"
            ),
        ),
    ]
