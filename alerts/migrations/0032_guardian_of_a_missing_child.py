"""The guardian of a missing child is looked at again after six months, and it is told of and upward until somebody has."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0031_step_answered_by_meeting")]

    operations = [
        paper_additions.operation(Paper.GUARDIAN_STAYS, reason="Guardian of a missing child, looked at again")
    ]
