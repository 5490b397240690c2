"""Find what was changed on a day without reading the whole history."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0057_legal_holds"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="rowchange",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["at"], name="row_changes_by_day"
            ),
        ),
    ]
