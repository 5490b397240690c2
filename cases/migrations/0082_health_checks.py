"""A dental check, an eye test and the immunisations are recorded with the day on which they were looked at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0081_visits_agreed"),
    ]

    operations = [
        migrations.AlterField(
            model_name="heldpaper",
            name="kind",
            field=models.CharField(
                choices=[
                    ("placement_plan", "Placement plan"),
                    ("care_plan", "Care plan"),
                    ("care_review", "Review of the care plan"),
                    ("health", "Health assessment"),
                    ("dental", "Dental check"),
                    ("immunisation", "Immunisations checked"),
                    ("eyes", "Eye test"),
                    ("education", "Personal education plan"),
                    ("pathway", "Pathway plan"),
                    ("adviser_contact", "Contact of the personal adviser"),
                    ("turning_18", "Plan for the 18th birthday"),
                ],
                max_length=20,
            ),
        ),
    ]
