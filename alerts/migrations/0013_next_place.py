"""What comes after a placement is asked for before its planned end, and told upward past it."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0012_guardian_checks")]

    operations = [paper_additions.operation(Paper.NEXT_PLACE, reason="What comes after a placement")]
