"""A line of a return interview may be released to the police who search for the child."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0017_approvals"),
    ]

    operations = [
        migrations.AlterField(
            model_name="release",
            name="side",
            field=models.CharField(
                choices=[
                    ("guardian", "The guardian"),
                    ("home", "The home"),
                    ("police", "The police who search for the child"),
                ],
                max_length=8,
            ),
        ),
    ]
