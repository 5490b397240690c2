"""An episode keeps the instant at which the police were first owed word: as the find-me profile stood then it is read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0068_second_part_of_find_me"),
    ]

    operations = [
        migrations.AddField(
            model_name="missingepisode",
            name="find_me_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
