"""Ask for the referral to the NRM and its decisions from now on where the paperwork policy was stored without them."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper

REASON = "The referral to the NRM and its decisions, to be signed off"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0050_turning_18_in_policy")]

    operations = [
        paper_additions.operation(Paper.NRM_REFERRAL, Paper.NRM_GROUNDS, Paper.NRM_CONCLUSIVE, reason=REASON)
    ]
