"""A child in supported accommodation before the age for it is told of, and upward."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0013_next_place")]

    operations = [paper_additions.operation(Paper.TOO_YOUNG, reason="Under 16 in supported accommodation")]
