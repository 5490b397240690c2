"""A visit that the child asked for, and the contact of a personal adviser, are told of and upward."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0033_orders_that_run_out")]

    operations = [
        paper_additions.operation(
            Paper.VISIT_ASKED, Paper.ADVISER_CONTACT, reason="Visit asked for, and contact of the adviser"
        )
    ]
