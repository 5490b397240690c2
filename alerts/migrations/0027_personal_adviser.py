"""A personal adviser is told of and upward, while a child who is to leave care has none."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0026_police_protection")]

    operations = [paper_additions.operation(Paper.ADVISER, reason="Personal adviser")]
