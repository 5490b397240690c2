"""Somebody of a group who was found, was gone again and is found anew is told of each time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0038_parted"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="trigger",
            name="trigger_of_a_mate_once",
        ),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answered_at", None), ("mate__isnull", False)),
                fields=("child", "mate"),
                name="trigger_of_a_mate_open_once",
            ),
        ),
    ]
