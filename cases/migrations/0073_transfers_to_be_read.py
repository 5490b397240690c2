"""Find the transfers whose checklist the receiver has not read without looking at all that ever arrived."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0072_links_stay"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("status", "arrived")), fields=["receiver"], name="transfer_unread"
            ),
        ),
    ]
