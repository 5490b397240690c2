"""Let a guardian service have supervisors: guardians who lead the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0075_find_me"),
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
                    ("reach", "team"),
                    ("role", "team_manager"),
                    models.Q(("reach", "service"), ("role", "guardian")),
                    _connector="OR",
                ),
                name="membership_reach_is_a_manager_s",
            ),
        ),
    ]
