"""Keep with each read the kind of page, so that a page that refreshes itself is one read and not hundreds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_building_checks_kept")]

    operations = [
        migrations.AddField(
            model_name="accessrecord",
            name="page",
            field=models.CharField(blank=True, max_length=60),
        )
    ]
