"""Let everything that a person is signed in with be ended at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0027_missing_reports")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="sessions_ended",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
