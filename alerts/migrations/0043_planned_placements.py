"""Before a planned placement begins the authority of its area is told, and a distant one approved; then it is recorded."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0042_policies_of_authorities"),
        ("cases", "0072_planned_placements"),
    ]

    operations = [
        paper_additions.operation(
            Paper.NOTICE_AHEAD,
            Paper.APPROVAL_AHEAD,
            Paper.PLANNED_PLACE,
            reason="What is said of a placement before it begins",
        )
    ]
