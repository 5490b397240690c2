"""Where a placement cannot keep the roll-calls a manager is told, and upward, until somebody else looks or it ends."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0043_planned_placements"),
        ("cases", "0074_placement_staffing"),
    ]

    operations = [paper_additions.operation(Paper.UNKEPT, reason="Roll-calls that a placement cannot keep")]
