"""Let a message be about a shift that nobody has taken."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0021_guardian_limits"), ("cases", "0031_shifts_handed_over")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="shift",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="cases.shift",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("shift__isnull", False)),
                fields=("shift", "recipient"),
                name="message_one_per_shift",
            ),
        ),
    ]
