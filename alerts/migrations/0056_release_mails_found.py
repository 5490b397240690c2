"""What a force was told of released lines is found by itself: the outbox, which is never emptied, was read whole for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0055_old_texts")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("wording", "police_released")),
                fields=["force", "next_try_at"],
                name="message_of_release",
            ),
        ),
    ]
