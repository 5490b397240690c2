"""In long-term fostering a child may agree to be visited every six months."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0046_repeats_in_policy"),
        ("cases", "0081_visits_agreed"),
    ]

    operations = [
        paper_additions.operation(Paper.VISIT, reason="Visits of long-term fostering, as the child agreed")
    ]
