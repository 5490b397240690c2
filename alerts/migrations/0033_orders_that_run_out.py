"""What follows an order that lasts so long at most is told of and upward, before it is over."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0032_guardian_of_a_missing_child")]

    operations = [
        paper_additions.operation(Paper.EMERGENCY_ORDER, Paper.ASSESSMENT_ORDER, reason="Orders that run out")
    ]
