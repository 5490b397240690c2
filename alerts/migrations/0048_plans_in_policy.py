"""Ask for safeguarding plans and their actions where the paperwork policy was stored before it knew of them."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper

REASON = "Safeguarding plans and their actions, to be signed off"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0047_placement_papers_in_policy"), ("cases", "0078_safeguarding_plans")]

    operations = [paper_additions.operation(Paper.PLAN, Paper.ACTION, Paper.SHORTFALL, reason=REASON)]
