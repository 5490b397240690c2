"""What is confirmed as one child is found without reading every link."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("cases", "0120_who_wrote_a_reference")]

    operations = [
        migrations.AddIndex(
            model_name="childlink",
            index=models.Index(
                fields=["child", "other"],
                name="link_same_confirmed",
                condition=Q(kind="same", check_result="confirmed"),
            ),
        ),
    ]
