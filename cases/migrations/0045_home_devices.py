"""A device that stands in a home has an account that says in which."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0044_kept_forms")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="device_home",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="devices",
                to="cases.home",
            ),
        ),
    ]
