"""A guardian's check of each child is asked for, and told upward."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0010_what_was_open_climbs")]

    operations = [paper_additions.operation(Paper.GUARDIAN_CHECK, reason="A guardian’s check of each child")]
