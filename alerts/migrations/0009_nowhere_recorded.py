"""A child who has nowhere recorded is told of, and upward."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0008_supervision")]

    operations = [paper_additions.operation(Paper.NOWHERE, reason="A child who has nowhere recorded")]
