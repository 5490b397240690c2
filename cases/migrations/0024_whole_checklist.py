"""A transfer’s checklist has the plan, its actions and shortfalls, and from whom the child is kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0023_guardian_checks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="acknowledgement",
            name="item",
            field=models.CharField(
                choices=[
                    ("risks", "Risks that stand open"),
                    ("episodes", "Missing episodes that are open"),
                    ("profile", "Who the child is, to be found by"),
                    ("documents", "Photos and documents"),
                    ("plan", "Safeguarding plan, and what to do if the child is missing"),
                    ("actions", "Open actions of the plan"),
                    ("shortfall", "What the placement cannot keep of the plan"),
                    ("kept", "From whom the child is kept"),
                ],
                max_length=9,
            ),
        ),
    ]
