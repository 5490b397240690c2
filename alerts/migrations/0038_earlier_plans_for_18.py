"""A plan from before seventeen and a half is none for the 18th birthday: another is asked for from now on, not from then."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper


class Migration(migrations.Migration):
    dependencies = [("alerts", "0037_rescue_alert_chased")]

    operations = [paper_additions.operation(Paper.TURNING_18, reason="Earlier plans for the 18th birthday")]
