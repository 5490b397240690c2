"""The number of a home is rung to test it too, not a duty team's alone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0061_read_what_was_written"),
        ("cases", "0106_drafts_in_a_service"),
    ]

    operations = [
        migrations.AlterField(
            model_name="testcall",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="test_calls",
                to="cases.team",
            ),
        ),
        migrations.AddField(
            model_name="testcall",
            name="home",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="test_calls",
                to="cases.home",
            ),
        ),
        migrations.AddConstraint(
            model_name="testcall",
            constraint=models.CheckConstraint(
                condition=models.Q(("home", None), ("team__isnull", False))
                | models.Q(("home__isnull", False), ("team", None)),
                name="test_call_is_of_team_or_home",
            ),
        ),
    ]
