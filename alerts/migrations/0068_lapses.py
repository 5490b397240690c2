"""How often a sender died with a message in hand: one that kills every sender keeps the others from going."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0064_whether_any_went")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="lapses",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]
