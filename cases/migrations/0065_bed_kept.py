"""Through which day those who run a placement keep the bed of a child who is missing from it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0064_death_of_another"),
    ]

    operations = [
        migrations.AddField(
            model_name="missingepisode",
            name="bed_kept_date",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="missingepisode",
            name="bed_kept_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=150),
        ),
    ]
