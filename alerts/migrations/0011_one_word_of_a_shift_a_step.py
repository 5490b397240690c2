"""Of one shift its manager hears that nobody took it, and that nobody follows it: one message of each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0010_what_was_open_climbs"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="message",
            name="message_one_per_shift",
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("shift__isnull", False)),
                fields=("shift", "step", "recipient"),
                name="message_of_shift_owed_once",
            ),
        ),
    ]
