"""A missing report has the name and the phone of whoever reports the child, beside their part."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0109_episode_dated_anew")]

    operations = [
        migrations.AddField(
            "missingreport",
            "reporter_name",
            models.CharField(
                blank=True, db_default="", max_length=150, verbose_name="name of whoever reports the child"
            ),
        ),
        migrations.AddField(
            "missingreport",
            "reporter_phone",
            models.CharField(
                blank=True, db_default="", max_length=30, verbose_name="phone of whoever reports the child"
            ),
        ),
    ]
