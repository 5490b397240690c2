"""What was withdrawn lately is found without reading every contact."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("cases", "0118_same_child")]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                fields=["withdrawn_at"], name="contact_withdrawn", condition=Q(withdrawn_at__isnull=False)
            ),
        ),
    ]
