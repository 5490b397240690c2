"""Whom a placement parts the child from is kept with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0037_plans_made"),
    ]

    operations = [
        migrations.AddField(
            model_name="placement",
            name="parted",
            field=models.CharField(blank=True, db_default="", default="", max_length=1000),
        ),
    ]
