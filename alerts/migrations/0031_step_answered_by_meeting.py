"""What a strategy meeting on record answered says which meeting it was."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0030_step_answers_withdrawn"),
        ("cases", "0051_triggers_of_the_engine"),
    ]

    operations = [
        migrations.AddField(
            model_name="stepanswer",
            name="meeting",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.meeting",
            ),
        ),
    ]
