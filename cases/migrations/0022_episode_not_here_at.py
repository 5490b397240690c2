"""Keep when somebody last looked for a child of an open episode and it was news."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0021_absence_ending_written")]

    operations = [
        migrations.AddField(
            model_name="missingepisode",
            name="not_here_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
