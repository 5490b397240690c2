"""The plan of a placement, and of care, is recorded with the day on which it was made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0036_transfer_shared"),
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
                    ("education", "Personal education plan"),
                    ("pathway", "Pathway plan"),
                    ("turning_18", "Plan for the 18th birthday"),
                ],
                max_length=20,
            ),
        ),
    ]
