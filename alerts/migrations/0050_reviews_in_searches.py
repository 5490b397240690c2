"""The reviews of a child's care go on while it is looked for."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0049_home_record"),
    ]

    operations = [
        paper_additions.operation(Paper.CARE_REVIEW, reason="Reviews of the care, in a search as well")
    ]
