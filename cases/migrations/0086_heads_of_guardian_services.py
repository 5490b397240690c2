"""Let a guardian service have a head, who hears what its supervisors have left unanswered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0085_worker_leaves"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="membership",
            name="membership_reach_is_a_manager_s",
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("role__in", ("team_manager", "guardian")), ("reach", "team"), _connector="OR"
                ),
                name="membership_reach_is_a_manager_s",
            ),
        ),
    ]
