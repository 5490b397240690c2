"""Whoever answers for a child abroad is an authority there, and never an embassy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0054_promises_of_interviews"),
    ]

    operations = [
        migrations.AlterField(
            model_name="missingepisode",
            name="child_confirmed_office",
            field=models.CharField(
                blank=True,
                choices=[
                    ("police", "Police: custody suite or officer in the case"),
                    ("hospital", "Hospital or ambulance service"),
                    ("council", "Children’s services of a council"),
                    ("detained", "Whoever detains or houses the child as an adult"),
                    ("abroad", "Children’s services or police of the country abroad, never its embassy"),
                    ("family", "The family the child is with"),
                    ("coroner", "Coroner, or procurator fiscal in Scotland"),
                ],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
    ]
