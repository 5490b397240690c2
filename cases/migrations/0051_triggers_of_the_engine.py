"""A trigger that the engine enters by the birth date is the word of nobody."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0050_recorded_by_mistake"),
    ]

    operations = [
        migrations.AlterField(
            model_name="trigger",
            name="recorded_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.CheckConstraint(
                condition=models.Q(("recorded_by__isnull", False), ("kind", "turning_18"), _connector="OR"),
                name="trigger_of_nobody_is_the_engines",
            ),
        ),
    ]
