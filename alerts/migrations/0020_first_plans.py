"""A plan of each placement, and of the care of the child, is told of and upward."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0019_mates_found")]

    operations = [
        paper_additions.operation(
            Paper.PLACEMENT_PLAN, Paper.CARE_PLAN, reason="Placement plan and care plan"
        )
    ]
