"""The last time that a guardian saw each child, among thousands of contacts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0022_searched_anew"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("withdrawn_at", None), ("witness_role", "guardian")),
                fields=["child", "-happened_at"],
                name="contact_by_guardian",
            ),
        ),
    ]
