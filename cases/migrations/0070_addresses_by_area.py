"""An address of concern is read by the force in whose area it is, whichever council lists it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0069_profile_then"),
    ]

    operations = [
        migrations.AddField(
            model_name="sign",
            name="force",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="signs",
                to="cases.policeforce",
            ),
        ),
        migrations.AddConstraint(
            model_name="sign",
            constraint=models.CheckConstraint(
                condition=models.Q(("force", None), ("kind", "address"), _connector="OR"),
                name="sign_elsewhere_is_an_address",
            ),
        ),
    ]
