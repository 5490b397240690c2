"""A search that ends with the child found and still at risk is a trigger: the closer watch begins."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0066_found_photos"),
    ]

    operations = [
        migrations.AlterField(
            model_name="trigger",
            name="kind",
            field=models.CharField(
                choices=[
                    ("approach", "Somebody came, rang or waited for the child"),
                    ("new_contact", "A new phone, or a new visitor"),
                    ("friend", "A friend has gone missing"),
                    ("move", "A move, or its announcement"),
                    ("age", "An age decision"),
                    ("home_office", "A Home Office interview or refusal"),
                    ("turning_18", "17 years and 9 months"),
                    ("concern", "Serious concern about the child"),
                    ("message", "A message from the missing child"),
                    ("mate_found", "A child who went missing with this one has been found"),
                    ("still_risk", "Found, and still at risk"),
                ],
                max_length=12,
            ),
        ),
    ]
