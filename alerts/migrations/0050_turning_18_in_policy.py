"""Ask for a plan for the 18th birthday from now on where the paperwork policy was stored before it knew of it."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper

REASON = "The plan for the 18th birthday, to be signed off"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0049_sign_off_in_policy")]

    operations = [paper_additions.operation(Paper.TURNING_18, reason=REASON)]
