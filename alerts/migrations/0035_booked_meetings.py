"""A booked meeting is asked about, and upward, until somebody records that it was held or called off."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0034_visit_asked_and_adviser_met")]

    operations = [paper_additions.operation(Paper.MEETING, reason="Booked meetings")]
