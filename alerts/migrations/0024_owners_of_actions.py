"""Another owner for an action of a plan, and the answer to who calls one done, are told of and upward."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0023_what_is_out_taken_down")]

    operations = [
        paper_additions.operation(Paper.UNOWNED, Paper.SAID_DONE, reason="Owners of the actions of a plan")
    ]
