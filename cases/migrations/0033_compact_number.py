"""A force may have the child in its own missing-person system already, under a number of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0032_episode_decisions"),
    ]

    operations = [
        migrations.AddField(
            model_name="episodeforce",
            name="compact_number",
            field=models.CharField(blank=True, db_default="", max_length=40, verbose_name="COMPACT number"),
        ),
    ]
