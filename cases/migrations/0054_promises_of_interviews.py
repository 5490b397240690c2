"""What a child is promised in a return interview: actions of its plan, and the day on which that is looked at again."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0053_found_asked_again"),
    ]

    operations = [
        migrations.AddField(
            model_name="planaction",
            name="interview_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="promises",
                to="cases.missingepisode",
            ),
        ),
        migrations.AddField(
            model_name="planaction",
            name="looks_again",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="planaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), ("looks_again", True)),
                fields=("interview_of",),
                name="plan_action_one_day_to_look_again",
            ),
        ),
        migrations.AddConstraint(
            model_name="planaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("looks_again", False), ("interview_of__isnull", False), _connector="OR"),
                name="plan_action_looks_again_at_an_interview",
            ),
        ),
    ]
