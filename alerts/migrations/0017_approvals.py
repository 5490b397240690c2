"""What the director is asked of a distant placement, and what follows a refusal, is told of and upward."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0016_message_of_a_missing_child")]

    operations = [
        paper_additions.operation(
            Paper.DECISION, Paper.REFUSED, reason="The director decides about a distant placement"
        )
    ]
