"""Mark the child and the parts of a drill, who are nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0022_episode_not_here_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="child",
            name="is_drill",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="drill_mail_to",
            field=models.EmailField(blank=True, db_default="", default="", max_length=254),
        ),
    ]
