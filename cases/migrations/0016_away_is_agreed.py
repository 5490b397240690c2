"""Let nobody be away without an address, an adult there with a phone, and two people who agreed to it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_closing_names_its_force")]

    operations = [
        migrations.AddField(
            model_name="absence",
            name="agreed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="agreed by",
            ),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                name="away_has_place_adult_phone_and_two_people",
                condition=~Q(kind="away")
                | (
                    ~Q(place="")
                    & ~Q(with_whom="")
                    & ~Q(phone="")
                    & Q(agreed_by__isnull=False, recorded_by__isnull=False)
                    & ~Q(agreed_by=F("recorded_by"))
                ),
            ),
        ),
    ]
