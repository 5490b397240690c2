"""A version of a policy keeps the past days on which it was tried before two people agreed on it, or why it was not."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0059_repeats_of_either_kind"),
    ]

    operations = [
        migrations.AddField(
            model_name="policyversion",
            name="tried_first",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="tried_last",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="tried_in_part",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="untried_why",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("tried_first", None), ("tried_in_part", False), ("tried_last", None))
                | models.Q(
                    ("tried_first__isnull", False),
                    ("tried_first__lte", models.F("tried_last")),
                    ("tried_last__isnull", False),
                    ("untried_why", ""),
                ),
                name="policy_tried_or_not",
            ),
        ),
    ]
