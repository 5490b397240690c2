"""What the brothers and sisters who stay said to the day of a transfer is kept with the transfer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0057_booked_meetings"),
    ]

    operations = [
        migrations.AddField(
            model_name="transfer",
            name="parted",
            field=models.CharField(blank=True, db_default="", default="", max_length=1000),
        ),
        migrations.AddField(
            model_name="transfer",
            name="parted_date",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("parted", ""), ("parted_date", None)),
                    models.Q(models.Q(("parted", ""), _negated=True), ("parted_date__isnull", False)),
                    _connector="OR",
                ),
                name="transfer_parted_of_a_day",
            ),
        ),
    ]
