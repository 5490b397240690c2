"""What a guardian does: with the child, through others, or after the birthday."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("guardians", "0005_service_areas"),
    ]

    operations = [
        migrations.AlterField(
            model_name="guardianassignment",
            name="kind",
            field=models.CharField(
                choices=[
                    ("direct_worker", "Direct worker"),
                    ("regional_practice_coordinator", "Regional practice co-ordinator"),
                    ("post_18_worker", "Post-18 worker"),
                ],
                default="direct_worker",
                max_length=30,
            ),
        ),
    ]
