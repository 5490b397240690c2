"""The manager and then the head of service hear that nobody has said what was kept: room, CCTV, door log, phone."""

from django.db import migrations

from alerts import duty_additions
from alerts.duties import Duty


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0051_reviewing_officers"),
    ]

    operations = [
        duty_additions.heard_of(Duty.KEEP_EVIDENCE, reason="Who hears that no evidence is kept"),
    ]
