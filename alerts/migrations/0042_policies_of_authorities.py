"""An authority may have policies of its own beside those that were delivered."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0066_found_photos"),
        ("alerts", "0041_bed_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="policyversion",
            name="authority",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="policies",
                to="cases.authority",
            ),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="follows_delivered",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("authority", None), ("published_by__isnull", False), _connector="OR"),
                name="policy_of_one_authority_by_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("follows_delivered", False), ("authority__isnull", False), _connector="OR"
                ),
                name="policy_ended_is_an_authoritys",
            ),
        ),
    ]
