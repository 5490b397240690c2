"""Let no police closing stand without the force that made it."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_force_that_closed")]

    operations = [
        migrations.AddConstraint(
            model_name="missingepisode",
            constraint=models.CheckConstraint(
                name="episode_police_closing_names_its_force",
                condition=Q(police_closed_at=None, police_closed_force=None)
                | Q(police_closed_at__isnull=False, police_closed_force__isnull=False),
            ),
        )
    ]
