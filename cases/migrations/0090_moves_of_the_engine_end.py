"""That a move does not come is the engine's word where it entered it: who said so would say which child does not go."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0089_photo_agreed"),
    ]

    operations = [
        migrations.RemoveConstraint("trigger", "trigger_answered_by_somebody"),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.CheckConstraint(
                name="trigger_answered_by_somebody",
                condition=Q(answered_at=None, answered_by=None, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""))
                | (
                    Q(answered_at__isnull=False, answered_by=None, kind="move", recorded_by=None)
                    & ~Q(answer="")
                ),
            ),
        ),
    ]
