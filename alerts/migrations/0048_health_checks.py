"""Teeth, immunisations and eyes are looked at, each by a day of its own."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0047_visits_agreed"),
        ("cases", "0082_health_checks"),
    ]

    operations = [
        paper_additions.operation(
            Paper.DENTAL, Paper.IMMUNISATION, Paper.EYES, reason="Teeth, immunisations and eyes, looked at"
        )
    ]
