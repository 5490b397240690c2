"""The photo of whoever came near a child stands by the entry: in a search by plate, in the briefing, and before an officer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0084_manager_covers"),
    ]

    operations = [
        migrations.AddField(
            model_name="trigger",
            name="photo",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.document",
            ),
        ),
    ]
