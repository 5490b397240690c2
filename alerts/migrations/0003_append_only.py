"""Make the proofs of messages append-only, and keep alerts and messages from being deleted."""

from django.db import migrations

from cases import schema


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_initial"), ("cases", "0003_append_only")]

    operations = [
        *schema.append_only("alerts_messageproof", "alerts_linkacknowledgement", "alerts_verification"),
        schema.kept(
            "alerts_alert",
            "alerts_alertstep",
            "alerts_clock",
            "alerts_dutytask",
            "alerts_message",
            "alerts_messageitem",
            "alerts_policelink",
            "alerts_policyversion",
        ),
    ]
