"""Ask for reviews and plans from now on where the paperwork policy was stored before it knew of them."""

from django.db import migrations

from alerts import paper_additions
from alerts.paper_rules import Paper

REASON = "Reviews of the care plan, health, education and pathway, to be signed off"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0043_transfer_limits")]

    operations = [
        paper_additions.operation(
            Paper.CARE_REVIEW, Paper.HEALTH, Paper.EDUCATION, Paper.PATHWAY, reason=REASON
        )
    ]
