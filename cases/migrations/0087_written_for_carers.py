"""Which sections of the find-me profile were written on a form that says what carers read of them; none of before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0086_interviewer_not_independent"),
    ]

    operations = [
        migrations.AddField(
            model_name="findmesection",
            name="for_carers",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
