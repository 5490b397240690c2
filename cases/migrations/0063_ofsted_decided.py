"""Whether Ofsted is told of a search is a decision with a record, of those who run the placement."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0062_numbers_put_through"),
    ]

    operations = [
        migrations.AlterField(
            model_name="episodedecision",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ukmpu", "UK Missing Persons Unit"),
                    ("missing_people", "Missing People (116 000)"),
                    ("publicity", "Publicity"),
                    ("rescue_alert", "Child Rescue Alert"),
                    ("home_office", "The Home Office"),
                    ("ofsted", "Ofsted, told by those who run the placement"),
                ],
                max_length=14,
            ),
        ),
    ]
