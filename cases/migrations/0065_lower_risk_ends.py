"""Let a lower risk end by itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0064_went_live")]

    operations = [
        migrations.AddField("child", "risk_until", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("riskgrade", "until", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            "child",
            models.Index(
                condition=models.Q(("risk_until__isnull", False)),
                fields=["risk_until"],
                name="child_by_end_of_lower_risk",
            ),
        ),
        migrations.AddConstraint(
            "riskgrade",
            models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gt", models.F("since")), _connector="OR"),
                name="risk_graded_until_later",
            ),
        ),
    ]
