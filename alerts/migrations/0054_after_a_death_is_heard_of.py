"""The manager, the head of service and the director hear of a step after a death that is late."""

from django.db import migrations

from alerts import duty_additions, policies
from alerts.duties import Duty


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0053_release_reads"),
    ]

    operations = [
        duty_additions.heard_of(
            Duty.CORONER,
            Duty.FRIENDS_TOLD,
            Duty.PANEL_NOTIFIED,
            key=policies.AFTER,
            reason="Who hears that a step after a death is late",
        ),
    ]
