"""An update and a call of a search that are sent twice are one row: each form has a key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0100_other_placements"),
    ]

    operations = [
        migrations.AddField(
            model_name=name,
            name="key",
            field=models.UUIDField(null=True, unique=True, editable=False),
        )
        for name in ("episodeupdate", "episodecall")
    ]
