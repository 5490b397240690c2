"""Keep a child's NHS number and the police's own reference of the child."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0067_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="child",
            name="nhs_number",
            field=models.CharField(blank=True, db_default="", max_length=10, verbose_name="NHS number"),
        ),
        migrations.AddField(
            model_name="child",
            name="police_reference",
            field=models.CharField(blank=True, db_default="", max_length=40, verbose_name="police reference"),
        ),
        migrations.AddConstraint(
            model_name="child",
            constraint=models.CheckConstraint(
                condition=models.Q(("nhs_number__regex", "^([0-9]{10})?$")), name="child_nhs_number_form"
            ),
        ),
    ]
